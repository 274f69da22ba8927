"""Amounts: what is read as yuan and what is refused, 大写 by the official examples, and splits that add up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import capital, from_yuan, half_up, split, spoken, to_yuan

FEN = st.integers(-(10**15) + 1, 10**15 - 1)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("2500", 250000),
        ("512.5", 51250),
        ("512.50", 51250),
        ("0.05", 5),
        ("0", 0),
        ("0500", 50000),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_yuan_are_read_exactly(text: str, fen: int) -> None:
    assert from_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1e9", "NaN", "Infinity", "1_000", "1,000", "+5", "-5", "- 5", "--5", "５", "٣٤", "²", "1.005", ".5",
        "5.", "5\n", " 5", "5元", "0x10", "10000000000000", "1.2.3", "−5",
    ],
)  # fmt: skip
def test_what_is_not_plain_yuan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        from_yuan(text)


def test_a_sign_is_read_only_where_it_is_allowed() -> None:
    assert from_yuan("-563.59", allow_negative=True) == -56359
    with pytest.raises(ValueError, match="negative"):
        from_yuan("-563.59")


@given(FEN)
def test_what_is_written_is_read_back(fen: int) -> None:
    assert from_yuan(to_yuan(fen), allow_negative=True) == fen


@pytest.mark.parametrize(
    ("fen", "yuan", "said"),
    [
        (250000, "2500.00", "2500元"),
        (51250, "512.50", "512.50元"),
        (5, "0.05", "0.05元"),
        (0, "0.00", "0元"),
        (-56359, "-563.59", "-563.59元"),
        (-5, "-0.05", "-0.05元"),
    ],
)
def test_yuan_are_written_and_spoken(fen: int, yuan: str, said: str) -> None:
    assert (to_yuan(fen), spoken(fen)) == (yuan, said)


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        # The examples of 正确填写票据和结算凭证的基本规定 themselves.
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        # Amounts of a village, and the edges.
        ("3500", "叁仟伍佰元整"),
        ("2500", "贰仟伍佰元整"),
        ("512.50", "伍佰壹拾贰元伍角"),
        ("10", "壹拾元整"),
        ("15", "壹拾伍元整"),
        ("100.10", "壹佰元零壹角"),
        ("1000.05", "壹仟元零伍分"),
        ("1010.10", "壹仟零壹拾元零壹角"),
        ("11000", "壹万壹仟元整"),
        ("10950", "壹万零玖佰伍拾元整"),
        ("110000000", "壹亿壹仟万元整"),
        ("20000", "贰万元整"),
        ("200005", "贰拾万零伍元整"),
        ("10203040.50", "壹仟零贰拾万叁仟零肆拾元零伍角"),
        ("100005000", "壹亿零伍仟元整"),
        ("100050000", "壹亿零伍万元整"),
        ("1000000000000", "壹万亿元整"),
        ("0", "零元整"),
        ("0.50", "伍角"),
        ("0.05", "伍分"),
        ("0.55", "伍角伍分"),
    ],
)
def test_capitals_follow_the_official_rules(yuan: str, words: str) -> None:
    assert capital(from_yuan(yuan)) == words


_VALUES = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def _read_whole(words: str) -> int:
    """Read 大写 back, by another way than it is written: one pass that keeps a digit, a section and a total."""
    total = section = digit = 0
    for word in words:
        if word in _VALUES:
            digit = _VALUES[word]
        elif word in _PLACES:
            section, digit = section + digit * _PLACES[word], 0
        elif word == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return total + section + digit


@given(st.integers(0, 10**15 - 1))
def test_capitals_say_the_amount_and_nothing_twice(fen: int) -> None:
    words = capital(fen)
    found = re.fullmatch(r"(?:(.+)元)?零?(?:(.)角)?零?(?:(.)分)?整?", words)
    assert found is not None
    yuan, jiao, last = found.groups()
    assert _read_whole(yuan or "") * 100 + _VALUES[jiao or "零"] * 10 + _VALUES[last or "零"] == fen
    assert "零零" not in words
    assert words.endswith("整") == (fen % 100 == 0)


def test_capitals_below_zero_are_our_bug() -> None:
    with pytest.raises(ValueError, match="below zero"):
        capital(-1)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (7, 3, 2), (8, 3, 3), (0, 7, 0), (10**40 + 5 * 10**19, 10**20, 10**20 + 1)],
)
def test_a_half_goes_up_and_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(), st.integers(1, 10**30))
def test_rounding_is_never_off_by_more_than_a_half(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert half_up(-numerator, denominator) == -rounded


@pytest.mark.parametrize("denominator", [0, -2])
def test_rounding_needs_a_positive_denominator(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        half_up(1, denominator)


@given(st.integers(0, 10**14), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_a_split_adds_up_and_no_part_is_a_fen_off(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part * sum(weights) - total * weight + sum(weights) < 2 * sum(weights)
        assert part == 0 or weight > 0


def test_of_equal_remainders_the_earlier_gets_the_fen() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(7, [1]) == [7]


def test_nothing_is_shared_out_as_nothing_and_who_has_no_weight_gets_none() -> None:
    assert split(0, [1, 2]) == [0, 0]
    assert split(5, [0, 1]) == [0, 5]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_a_split_without_sense_is_our_bug(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="split"):
        split(total, weights)
