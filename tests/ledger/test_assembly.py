"""What a vote decides: the sums of quorum and majority, and which vote is a resolution on what. Pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger import assembly
from ledger import charter as charters
from ledger.assembly_records import Ballot, Motion
from ledger.charter import CharterError
from ledger.records import Household, Refusal
from tests.ledger.charters import changed

DAY = date(2026, 5, 1)
TERMS = charters.from_body(charters.body_of("")).assembly
HOME = Household("X", "X-001", "甲", 1, "一般户", date(2020, 1, 1), None, "第一组", False, 0, 0)


def motion(voters: int = 60, *, special: bool = False, text: str = "修广播") -> Motion:
    return Motion("X", 3, text, special, 1, voters, assembly.OPEN, DAY, DAY + timedelta(days=7))


def ballots(pro: int, contra: int, none: int = 0) -> list[Ballot]:
    said = [assembly.FOR] * pro + [assembly.AGAINST] * contra + [assembly.ABSTAIN] * none
    return [Ballot("X", 3, f"X-{n:03d}", n, choice, DAY) for n, choice in enumerate(said)]


@pytest.mark.parametrize(("special", "cast", "ended"), [
    (False, (21, 19), "passed"), (False, (20, 20), "failed"), (False, (21, 18), "no_quorum"),
    (False, (20, 0, 20), "failed"), (False, (21, 0, 19), "passed"), (False, (0, 0, 40), "failed"),
    (True, (40, 20), "passed"), (True, (39, 21), "failed"), (True, (27, 13), "passed"), (True, (26, 14), "failed"),
    (True, (39, 0), "no_quorum"), (True, (0, 0, 60), "failed"),
])
def test_two_thirds_have_to_vote_and_more_than_half_or_two_thirds_of_those_carry_it(
    special: bool, cast: tuple[int, ...], ended: str
) -> None:
    over = assembly.counted(motion(special=special), ballots(*cast), TERMS, DAY + timedelta(days=8))
    assert (over.state, over.closed_on) == (ended, DAY + timedelta(days=8))
    assert (over.for_count, over.against_count, over.abstained) == (*cast, 0)[:3]


@pytest.mark.parametrize(("text", "special"), [
    ("章程改为月费率4‰", True), ("核销石大柱5号借款", True), ("与白杨社合并", True), ("解散互助社", True),
    ("修广播", False), ("选张强当出纳", False),
])
def test_what_weighs_most_wants_two_thirds(text: str, special: bool) -> None:
    assert assembly.is_special(text, TERMS) is special


def test_who_may_vote_is_who_was_a_member_when_it_began() -> None:
    left = replace(HOME, left_on=DAY)
    later = replace(HOME, joined_on=DAY + timedelta(days=1))
    leaves = replace(HOME, left_on=DAY + timedelta(days=1))
    assert assembly.voters([HOME, left, later, leaves], DAY) == [HOME, leaves]


@pytest.mark.parametrize(("found", "home", "today", "why"), [
    (None, HOME, DAY, "motion.none"), (motion(), HOME, DAY + timedelta(days=8), "motion.over"),
    (replace(motion(), state="passed", closed_on=DAY), HOME, DAY, "motion.over"),
    (motion(), replace(HOME, joined_on=DAY + timedelta(days=1)), DAY, "motion.joined_later"),
    (motion(), HOME, DAY + timedelta(days=7), ""),
])
def test_why_there_is_no_vote_now(found: Motion | None, home: Household, today: date, why: str) -> None:
    against = assembly.against_vote(found, 3, home, today)
    assert (against.key if against else "") == why


@pytest.mark.parametrize(("resolution", "found", "about", "special", "why"), [
    ("社决3", None, "5号", True, ""), ("2026-3", None, "5号", True, ""), ("第3次大会表决3号", None, "5号", True, ""),
    ("表决3号", None, "5号", True, "motion.not_passed"), ("表决3", motion(), "5号", True, "motion.not_passed"),
    ("表决 3 号", replace(motion(text="核销5号借款", special=True), state="passed"), "5号", True, ""),
    ("表决3", replace(motion(text="核销15号借款", special=True), state="passed"), "5号", True, "motion.about_else"),
    ("表决3", replace(motion(text="5号晚上放电影"), state="passed"), "5号", True, "motion.about_else"),
    ("表决3", replace(motion(text="2025年分配"), state="passed"), "分配", False, ""),
    ("表决3", replace(motion(text="核销5号借款", special=True), state="failed"), "5号", True, "motion.not_passed"),
])
def test_only_a_vote_that_carried_just_this_is_its_resolution(
    resolution: str, found: Motion | None, about: str, special: bool, why: str
) -> None:
    against = assembly.against_resolution(resolution, found, about, special=special)
    assert (against.key if against else "") == why


def test_one_vote_on_the_same_words_at_a_time() -> None:
    assert assembly.against_text("", [], TERMS) == Refusal("motion.no_text")
    assert assembly.against_text("修" * 61, [], TERMS) == Refusal("motion.too_long", {"count": 61, "left": 60})
    assert assembly.against_text("修" * 60, [motion()], TERMS) is None
    assert assembly.against_text("修广播", [motion()], TERMS) == Refusal("motion.same", {"item": 3})


@pytest.mark.parametrize(("settings", "fault"), [
    ({"assembly__quorum": [2]}, "assembly.quorum: a part of the whole"),
    ({"assembly__quorum": [3, 2]}, "assembly.quorum: a part of the whole"),
    ({"assembly__pass_over": [0, 2]}, "assembly.pass_over: a part of the whole"),
    ({"assembly__pass_over": [1, 3]}, "assembly.pass_over: at least half"),
    ({"assembly__special": [1, 2]}, "assembly.special: more than assembly.pass_over"),
    ({"assembly__days": 0}, "assembly.days: 1 to 60"), ({"assembly__shown_days": 0}, "assembly.days: 1 to 60"),
    ({"assembly__text_max": 101}, "assembly.text_max: 10 to 100"),
])
def test_a_charter_whose_votes_decide_nothing_is_refused_by_key(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(CharterError, match=fault):
        charters.from_body(changed(**settings))
