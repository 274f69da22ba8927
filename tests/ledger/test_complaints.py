"""Who looks at a complaint and when it goes up: pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger import charter, complaints
from ledger.complaints import NAMED, State
from ledger.records import Matter, Office, Person
from ledger.told_terms import ComplaintTerms

DAY = date(2026, 3, 1)
TERMS = ComplaintTerms(15)


def post(no: int, title: str, until: date | None = None) -> tuple[Office, Person]:
    return Office("v", no, title, date(2026, 1, 1), until, no), Person("v", no, f"p{no}", "", "", "", "")


def test_the_term_is_whole_before_the_county_hears() -> None:
    matter = Matter("v", 1, NAMED, 0, 7, "x", DAY)
    assert complaints.state(matter, TERMS, DAY + timedelta(days=15)) == State.WAITING
    assert complaints.state(matter, TERMS, DAY + timedelta(days=16)) == State.ABOVE == "above"
    done = replace(matter, answered_on=DAY, answer="y")
    assert complaints.state(done, TERMS, DAY + timedelta(days=99)) == State.ANSWERED


@pytest.mark.parametrize(("officers", "readers"), [
    ([post(1, "监事长"), post(2, "监事"), post(3, "会计"), post(4, "县主管")], (1, 2)),
    ([post(7, "监事长"), post(2, "监事"), post(4, "县主管")], (2,)),
    ([post(7, "监事长"), post(4, "县主管"), post(5, "乡镇"), post(6, "省主管")], (4, 5)),
    ([post(1, "监事长", date(2026, 2, 1)), post(4, "县主管")], (4,)),
    ([post(3, "会计")], ()),
])
def test_the_supervisors_read_it_but_never_the_sender(
    officers: list[tuple[Office, Person]], readers: tuple[int, ...]
) -> None:
    assert complaints.readers(officers, 7, DAY) == readers


def test_those_above_hear_it_once_each() -> None:
    assert complaints.above([post(1, "监事长"), post(4, "县主管"), post(4, "乡镇"), post(7, "乡镇")], 7, DAY) == (4,)


@pytest.mark.parametrize(("days", "well"), [(0, False), (1, True), (60, True), (61, False)])
def test_a_term_is_of_days_that_can_be_kept(days: int, well: bool) -> None:
    body = charter.body_of("") | {"complaint": {"answer_days": days}}
    if well:
        assert charter.from_body(body).complaint == ComplaintTerms(days)
        return
    with pytest.raises(charter.CharterError, match="answer_days"):
        charter.from_body(body)
