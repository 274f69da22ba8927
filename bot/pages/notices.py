"""The public notice board: every disclosure of a society, open to all, with the telephones for complaints.

Names and loans stand there as the charter discloses them; never a phone, never an ID number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from bot import texts
from ledger import assembly, relief, reviews, sheets
from ledger.calendar import spoken_date, weekday_word
from ledger.money import capital, spoken
from ledger.records import Disclosure
from ledger.store.books import Books
from ledger.store.store import Store, Unavailable
from ledger.terms import PLAN_WORDS

MOST = 2**31 - 1
"""No notice has a higher number, and no database is asked for one."""


def blueprint(store: Store) -> Blueprint:
    """Serves `/notices/<society>` and `/notices/<society>/<number>`; `?print=1` is the poster."""
    pages = Blueprint("notices", __name__, template_folder="templates")

    @pages.get("/notices/<society>")
    def board(society: str) -> Response:
        if "\0" in society:
            abort(404)
        try:
            with store.read() as books:
                place = books.society(society)
                if place is None:
                    abort(404)
                shown = [_shown(books, one) for one in books.disclosures(society)]
                head = books.head(society)
        except Unavailable:
            abort(503)
        return Response(render_template("notices.html", society=place, notices=shown, head=head, poster=_poster()))

    @pages.get("/notices/<society>/<int:number>")
    def notice(society: str, number: int) -> Response:
        if number > MOST or "\0" in society:
            abort(404)
        try:
            with store.read() as books:
                place, page = books.society(society), books.disclosure(society, number)
                if place is None or page is None:
                    abort(404)
                shown = _shown(books, page)
        except Unavailable:
            abort(503)
        template = "sheet.html" if shown.get("sheet") else "notice.html"
        return Response(render_template(template, society=place, notice=shown, poster=_poster()))

    pages.app_errorhandler(503)(away)
    return pages


def _poster() -> bool:
    """Whether the page is wanted as a sheet for the wall."""
    return request.args.get("print") == "1"


def missing(error: HTTPException) -> Response | HTTPException:
    """What an application says where there is no page (its 404); the API below its root says it in its own shape."""
    return _sorry(error, "没有这一页", "网址可能抄错了。公示栏的网址问会计，或发短信、微信：公示")


def away(error: HTTPException) -> Response | HTTPException:
    return _sorry(error, "现在打不开", "过几分钟再看。账和公示都在，没有丢。")


def _sorry(error: HTTPException, title: str, words: str) -> Response | HTTPException:
    """A fault in the words of who looks at a page; machines that call an address keep the plain answer."""
    if request.method not in {"GET", "HEAD"} or request.path.startswith(MACHINES):
        return error
    return Response(render_template("sorry.html", title=title, words=words), error.code)


MACHINES = ("/api/", "/sms/", "/wechat", "/miniprogram/", "/health/", "/metrics", "/demo/")


def _shown(books: Books, page: Disclosure) -> dict[str, object]:
    """One notice in words. The state is the loan's own, so a page never says open what was taken back."""
    facts = page.facts
    if page.kind in sheets.KINDS:
        return _sheet(page)
    if page.kind == assembly.PAGE:
        return _resolution(page)
    if page.kind in relief.KINDS:
        return _disaster(page)
    loan = books.loan(page.society, page.loan)
    state = "公示中" if page.closed_on is None else "公示结束"
    if loan is not None and loan.held:
        state = "暂停：有异议或待查"
    elif loan is not None and loan.status in {"withdrawn", "rejected"}:
        state = "已撤回" if loan.status == "withdrawn" else "未批准"
    return {
        "no": page.no, "loan": page.loan, "name": texts.clean(str(facts.get("name", ""))),
        "amount": spoken(int(facts["amount_fen"])), "capital": capital(int(facts["amount_fen"])),
        "purpose": texts.clean(str(facts.get("purpose", ""))), "months": facts.get("months", 0),
        "plan": PLAN_WORDS.get(str(facts.get("plan", "")), ""),
        "rate": f"{int(facts.get('fee_ppm_month', 0)) / 1000:g}‰",
        "kind": KIND_WORDS.get(page.kind, "借款"), "wait": WAIT_WORDS.get(page.kind, "放款"), "more": _more(facts),
        "opened": page.opened_on, "opened_day": weekday_word(page.opened_on),
        "closes": page.closes_on, "closes_day": weekday_word(page.closes_on), "state": state,
        "papers": _papers(books, page), "special": bool(loan and loan.special_case),
        "head_seq": page.head_seq, "head_hash": page.head_hash[:16],
    }


SHEET_WORDS = {sheets.MONTH: "月收支", sheets.QUARTER: "季度收支", sheets.INTERIM: "收支"}
SHEET_ROWS = (
    ("收到", (("政府拨入", "fiscal_fen"), ("社会捐赠", "donation_fen"), ("社员互助金", "contribution_fen"))),
    ("借出和收回", (("借出", "lent_fen"), ("收回本金", "recovered_fen"), ("核销", "written_off_fen"))),
    ("收入和开支", (
        ("占用费", "fee_fen"), ("银行利息", "interest_fen"), ("运行费用", "costs_fen"), ("退互助金", "refund_fen"))),
    ("期末还有", (
        ("互助资金总额", "fund_fen"), ("在借", "out_fen"), ("其中逾期", "overdue_fen"), ("库存现金", "cash_fen"),
        ("银行存款", "bank_fen"))),
)
"""What a sheet shows, in the order of rules.md 3.11."""


def _sheet(page: Disclosure) -> dict[str, object]:
    """A disclosure sheet in words: groups of (word, amount)."""
    facts = page.facts
    first, until = date.fromisoformat(facts["first_on"]), date.fromisoformat(facts["until_on"])
    more = f"借出{facts['lent_count']}笔{spoken(facts['lent_fen'])}，收回{spoken(facts['recovered_fen'])}"
    groups = [(title, [(word, spoken(int(facts[name]))) for word, name in rows]) for title, rows in SHEET_ROWS]
    kind = SHEET_WORDS[page.kind]
    name = f"{first.year}年{spoken_date(first)}到{spoken_date(until)}{kind}"
    counts = {"lent_count": facts["lent_count"], "extensions": facts["extensions"]}
    return _grouped(page, kind, groups, name, more) | counts


def _grouped(page: Disclosure, kind: str, groups: list[tuple[str, list[tuple[str, str]]]], name: str, more: str
             ) -> dict[str, object]:
    """A page that is about no loan of its own: groups of (word, text) under a title; `more` stands in the list."""
    return {
        "no": page.no, "sheet": True, "kind": kind, "groups": groups, "loan": 0, "name": name, "amount": "",
        "more": more, "lent_count": 0, "extensions": 0, "purpose": "", "months": 0, "opened": page.opened_on,
        "opened_day": weekday_word(page.opened_on), "closes": page.closes_on,
        "closes_day": weekday_word(page.closes_on), "state": "公示中" if page.closed_on is None else "公示结束",
        "head_seq": page.head_seq, "head_hash": page.head_hash[:16],
    }


def _resolution(page: Disclosure) -> dict[str, object]:
    """How a vote of the members ended, in words."""
    facts = page.facts
    ended = "通过" if facts["passed"] else "没通过"
    rows = [("结果", ended + ("，投票的户不够" if facts["no_quorum"] else "")), *(
        (word, f"{facts[name]}户") for word, name in (
            ("可以投票", "voters"), ("赞成", "for_count"), ("反对", "against_count"), ("弃权", "abstained")))]
    more = f"{ended}，赞成{facts['for_count']}户，反对{facts['against_count']}户，弃权{facts['abstained']}户"
    name = f"{facts['item']}号表决：{texts.clean(str(facts['text']))}"
    return _grouped(page, "表决", [("社员表决", rows)], name, more)


DISASTER_WORDS = {relief.DISASTER: "受灾停计", reviews.RELIEF: "受灾延期"}


def _disaster(page: Disclosure) -> dict[str, object]:
    """What was decided for all open loans after a disaster, in words."""
    facts, declared = page.facts, page.kind == relief.DISASTER
    since, until = date.fromisoformat(facts["since_on"]), date.fromisoformat(facts["until_on"])
    days = f"{since.year}年{spoken_date(since)}到{until.year}年{spoken_date(until)}"
    event, months = texts.clean(str(facts["event"])), f"{facts['months']}个月"
    rows = [("灾害", event), ("县里文件", texts.clean(str(facts["order"])))]
    rows += [("不算逾期费", days), ("最多可延", months)] if declared else [
        ("大会决议", texts.clean(str(facts["resolution"]))), ("延长", months)]
    rows += [("借款", f"{facts['count']}笔"), ("还剩本金", spoken(int(facts["amount_fen"])))]
    kind = DISASTER_WORDS[page.kind]
    more = f"{facts['count']}笔借款，{days if declared else months}"
    return _grouped(page, kind, [(kind, rows)], f"{event}{kind}", more)


WAIT_WORDS = {"extension": "展期", "write_off": "核销", "overdue": ""}
"""What waits for the answer to an objection. Nothing is decided about a late loan, so there the way is a complaint."""
KIND_WORDS = {"extension": "展期", "write_off": "核销", "overdue": "逾期"}


def _more(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a notice of an extension, a write-off or a late loan says besides, as (word, text)."""
    told = [("理由", "reason"), ("先办理由", "skipped"), ("社员大会决议", "resolution"), ("该还日", "due_on")]
    shown = [(word, _said(name, facts[name])) for word, name in told if facts.get(name)]
    if "left_fen" in facts:
        shown.insert(0, ("还剩本金", spoken(int(facts["left_fen"]))))
    return shown


def _said(name: str, value: object) -> str:
    """A day in words, with its year, for a loan may be late since another one; anything else as it was written."""
    if name == "due_on":
        day = date.fromisoformat(str(value))
        return f"{day.year}年{spoken_date(day)}"
    return texts.clean(str(value))


PAPER_WORDS = {"apply": "申请", "consent": "同意联保", "signature": "签合同", "received": "收款"}


def _papers(books: Books, page: Disclosure) -> list[str]:
    """Whose word on this loan was given on paper, and who wrote it down: published as such."""
    papers = books.papers(page.society, page.loan, PAPER_WORDS)
    people = books.people(page.society, {one.person for one in papers} | {one.by for one in papers})
    halves: dict[tuple[str, int], list[str]] = {}
    for one in papers:
        halves.setdefault((one.kind, one.person), []).append(texts.clean(people[one.by].name))
    return [
        f"{texts.clean(people[person].name)}没有手机，{PAPER_WORDS[kind]}由{'、'.join(names)}凭纸代签"
        for (kind, person), names in halves.items() if len(names) > 1
    ]
