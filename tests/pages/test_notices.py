"""The public pages say what a reader can do about each kind of notice, in Chinese even where there is no page."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.pages import notices
from jobs.assembly import count_votes
from jobs.sheets import publish_sheets
from ledger.assembly_records import Ballot, Motion
from ledger.records import Act, Disclosure
from tests.village import CODE, Village


def client_of(village: Village) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(notices.blueprint(village.store))
    app.register_error_handler(404, notices.missing)
    return app.test_client()


def shown(village: Village, kind: str, facts: dict[str, object]) -> str:
    with village.store.write() as books:
        number = books.next_disclosure_no(CODE)
        page = Disclosure(CODE, number, kind, 1, date(2026, 3, 1), date(2026, 3, 30), None, *books.head(CODE), facts)
        books.save(CODE, Act((page,)), date(2026, 3, 1), village.clock.now())
    answer = client_of(village).get(f"/notices/{CODE}/{number}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


FACTS: dict[str, object] = {"name": "王五", "amount_fen": 400000, "left_fen": 300000}


def test_about_a_late_loan_one_complains_for_nothing_waits_on_an_objection(quick_village: Village) -> None:
    page = shown(quick_village, "overdue", FACTS | {"due_on": "2025-12-20", "days": 71})
    assert "<b>投诉 内容</b>" in page and "异议" not in page and "不放款" not in page
    assert "2025年12月20日" in page and "2025-12-20" not in page and "1号借款逾期公示</title>" in page


@pytest.mark.parametrize(("kind", "waits"), [("loan", "放款"), ("extension", "展期"), ("write_off", "核销")])
def test_what_waits_for_the_answer_is_what_the_notice_is_about(quick_village: Village, kind: str, waits: str) -> None:
    assert f"<b>异议 1 理由</b>。提了异议，答复之前不{waits}。" in shown(quick_village, kind, FACTS)


def test_the_board_is_a_poster_too(quick_village: Village) -> None:
    """What is open now, for the wall: nothing of before, nothing to click, a line to sign."""
    with quick_village.store.write() as books:
        for closed, name in ((None, "王五"), (date(2026, 2, 20), "赵六")):
            number = books.next_disclosure_no(CODE)
            page = Disclosure(CODE, number, "overdue", number, date(2026, 2, 1), date(2026, 3, 30), closed,
                              *books.head(CODE), FACTS | {"name": name, "due_on": "2025-12-20"})
            books.save(CODE, Act((page,)), date(2026, 3, 1), quick_village.clock.now())
    client = client_of(quick_village)
    board, poster = (client.get(f"/notices/{CODE}{how}").get_data(as_text=True) for how in ("", "?print=1"))
    assert "王五" in board and "赵六" in board and "打印张贴" in board and "张贴人" not in board
    assert "王五" in poster and "赵六" not in poster and "打印张贴" not in poster
    assert "张贴人" in poster and "@page" in poster


DISASTER: dict[str, object] = {
    "item": 1, "event": "洪水", "since_on": "2026-02-20", "until_on": "2026-06-30", "months": 6, "order": "县发3号",
    "resolution": "社决5号", "count": 12, "amount_fen": 3_883_098,
}


@pytest.mark.parametrize(("kind", "title", "there", "missing"), [
    ("disaster", "受灾停计", ("不算逾期费", "2026年2月20日到2026年6月30日", "最多可延", "县发3号"), "社决5号"),
    ("relief", "受灾延期", ("社决5号", "延长", "6个月", "县发3号"), "不算逾期费"),
])
def test_a_disaster_has_a_page_of_its_own(
    quick_village: Village, kind: str, title: str, there: tuple[str, ...], missing: str
) -> None:
    page = shown(quick_village, kind, DISASTER)
    assert f"洪水{title}</title>" in page and "12笔" in page and "38830.98元" in page and missing not in page
    assert all(word in page for word in there) and "<b>投诉 内容</b>" in page
    board = client_of(quick_village).get(f"/notices/{CODE}").get_data(as_text=True)
    assert f"洪水{title}" in board and "0号借款" not in board


def test_no_page_is_said_in_chinese_and_to_machines_plainly(quick_village: Village) -> None:
    client = client_of(quick_village)
    for address in ("/notices/QS999", f"/notices/{CODE}/99", "/", "/nothing"):
        answer = client.get(address)
        assert answer.status_code == 404 and "没有这一页" in answer.get_data(as_text=True)
    for address in ("/sms/http/wrong/else", "/api/v1/nothing"):
        assert "没有这一页" not in client.get(address).get_data(as_text=True)
    assert "没有这一页" not in client.post("/nothing").get_data(as_text=True)


@pytest.mark.parametrize(("pro", "ended"), [(30, "没通过，投票的户不够"), (45, "通过")])
def test_how_a_vote_ended_stands_on_the_board_with_its_counts(quick_village: Village, pro: int, ended: str) -> None:
    """Counted by the daily round; who voted how is nowhere on it."""
    motion = Motion(CODE, 3, "章程改为月费率4‰", True, 7, 62, "open", date(2026, 3, 1), date(2026, 3, 8))
    with quick_village.store.write() as books:
        homes = books.households(CODE)[:pro]
        votes = tuple(Ballot(CODE, 3, one.no, one.person, "for", date(2026, 3, 2)) for one in homes)
        books.save(CODE, Act((motion, *votes)), date(2026, 3, 1), 0)
    quick_village.set_day(date(2026, 3, 9))
    assert count_votes(quick_village.store, date(2026, 3, 9), 0) == 1
    assert count_votes(quick_village.store, date(2026, 3, 9), 0) == 0
    client = client_of(quick_village)
    board = client.get(f"/notices/{CODE}").get_data(as_text=True)
    assert "3号表决：章程改为月费率4‰" in board and f"赞成{pro}户，反对0户，弃权0户" in board
    with quick_village.store.read() as books:
        number = books.next_disclosure_no(CODE) - 1
    for way in ("", "?print=1"):
        page = client.get(f"/notices/{CODE}/{number}{way}").get_data(as_text=True)
        assert f"<dd>{ended}</dd>" in page and f"<dd>{pro}户</dd>" in page and "表决公示" in page
        assert "周大福" not in page
    publish_sheets(quick_village.store, date(2026, 3, 17), 0)
    assert "公示结束" in client.get(f"/notices/{CODE}").get_data(as_text=True)
