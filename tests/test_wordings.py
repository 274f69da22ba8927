"""Other wordings than our own: English, a county's words, and the page of all texts that a treasurer approves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot import county_texts, examples, texts
from bot.config import load
from bot.config_reader import ConfigError
from jobs.text_commands import page
from ledger.records import Refusal
from ledger.terms import CATEGORIES, PLAN_WORDS, ROLE_WORDS, STATUS_WORDS
from tests.test_texts import SEGMENT, SEGMENTS, facts_for

ROOT = Path(__file__).parent.parent
ENGLISH = {section: table for section, table in texts.english().items() if section != "terms"}
PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
NOBODY_S = {"wechat_menu"}
"""The menu is installed once for a whole account, so it cannot follow one person's choice."""


def pairs() -> list[tuple[str, str, str]]:
    """Every English piece beside ours."""
    found = []
    for section, table in ENGLISH.items():
        for name, words in table.items():
            ours = texts.words().get(section, {}).get(name)
            assert ours is not None, f"{section}.{name} is English only"
            for piece in words if isinstance(words, dict) else [""]:
                both = (words[piece], ours[piece]) if piece else (words, ours)
                found.append((f"{section}.{name}.{piece}", *both))
    return found


@pytest.mark.parametrize(("key", "english", "ours"), pairs(), ids=lambda value: value if "." in str(value) else "")
def test_english_says_only_facts_there_are(key: str, english: str, ours: str) -> None:
    assert set(PLACE.findall(english)) <= set(PLACE.findall(ours)), key
    assert not {"code", "confirm"} & (set(PLACE.findall(ours)) - set(PLACE.findall(english))), key


@pytest.mark.parametrize("section", sorted(set(texts.words()) - NOBODY_S))
def test_all_that_a_person_reads_is_in_english(section: str) -> None:
    assert set(texts.words()[section]) == set(ENGLISH[section]), "write bot/texts.en.toml too"


def test_our_terms_have_english_words() -> None:
    terms = texts.english()["terms"]
    for words in (PLAN_WORDS, STATUS_WORDS, ROLE_WORDS):
        assert set(words.values()) <= set(terms)
    assert set(CATEGORIES) <= set(terms)


def test_reasons_in_english_are_sentences() -> None:
    short, none = Refusal("money.no_amount", {}), Refusal("undo.none", {})
    with texts.tongue("en"):
        assert texts.refused([short]) == "How much?"
        assert texts.refused([none]) == "Nothing of today is yours to undo."
        assert texts.refused([none, short]) == "This cannot be done: 1 nothing of today is yours to undo; 2 how much?"
        assert texts.fill("wrong_role", {"roles": "会计、出纳"}).startswith("This is done by: treasurer, cashier")


@pytest.mark.parametrize("key", [f"{section}.{name}" for section, table in ENGLISH.items() for name in table])
def test_english_fits_three_messages(key: str) -> None:
    facts: dict[str, Any] = examples.facts_for(key)
    with texts.tongue("en"):
        said = texts.fill(key, facts)
    assert "{" not in said and len(said) <= SEGMENT * SEGMENTS, said


def test_money_that_moves_keeps_its_capital_numerals() -> None:
    for key in ("borrow.ask", "pay_out.ask", "collect.ask", "sign.ask_borrower"):
        assert ":big}" in str(ENGLISH[key.split(".")[0]].get(key.split(".")[1])), key


def test_a_language_ends_where_it_began() -> None:
    with texts.tongue("en"):
        assert texts.fill("cancelled", {}) == "Cancelled, nothing was done."
    assert texts.fill("cancelled", {}) == "好，已取消，没有办。"


# A county's words.


def test_a_county_says_it_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    ours = '[say]\ncancelled = "要得，没有办。"\n[borrow]\ndone = "{loan}号报上去了，借{amount_fen}。"\n'
    path.write_text(ours, "utf-8")
    assert county_texts.read(path)[1] == []
    county_texts.use(path)
    try:
        assert texts.fill("cancelled", {}) == "要得，没有办。"
        assert texts.fill("borrow.done", {"loan": 23, "amount_fen": 300_000}) == "23号报上去了，借3000元。"
        assert texts.fill("resume_done", {}).startswith("已恢复")
    finally:
        texts.put_over({})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('[say]\ncanceled = "好"', "there is no text say.canceled"),
        ('[nonsense]\na = "好"', "there is no text nonsense.a"),
        ('[say]\ncancelled = "好{who}"', "has no fact {who}"),
        ('[say]\ncancelled = 1', "is not a text in quotes"),
        ('[say]\ncancelled = " "', "is not a text in quotes"),
        ('[pay_out]\nask = "放款{loan}号"', "must keep {confirm}"),
        ('[say]\ncancelled = "贷款取消了"', "贷款"),
        ('[overdue]\nlines = "好"', "give its text, line and join"),
        (f'[say]\ncancelled = "{"好" * 202}"', "more than 3 SMS"),
        ("[say", "cannot be read"),
    ],
)
def test_a_county_s_slip_stops_the_start(words: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(words, "utf-8")
    config = tmp_path / "config.toml"
    config.write_text('[server]\ntexts = "ours.toml"\n', "utf-8")
    with pytest.raises(ConfigError, match=re.escape(why)):
        load(config)
    assert texts.fill("cancelled", {}) == "好，已取消，没有办。"


# The page.


def test_the_page_of_all_texts_is_current() -> None:
    assert (ROOT / "docs" / "messages.zh-CN.md").read_text("utf-8") == page(), (
        "run: huzhu texts > docs/messages.zh-CN.md"
    )


def test_every_text_stands_on_the_page() -> None:
    for key in examples.every_key():
        said = examples.said(key)
        assert "{" not in said and said.strip(), key
    assert set(examples.facts_for("borrow.done")) <= set(facts_for("borrow.done")) | {"asked"}
