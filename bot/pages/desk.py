"""The officers' desk `/desk/`: what waits, what was booked today, who is late, every loan and household of the society.

It only shows. What an officer does stays a message from the own phone with a code bound to the exact content, so a desk
left open in the village office moves no money. Phones and identity numbers stand on none of its pages.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response as Answer

from bot import texts
from bot.channels.sms_http import phone
from bot.pages import notices
from bot.pages.desk_door import CODE_LIFE_S, LIFE_S, Door, Guest, Refused
from bot.services import Services
from handlers import enquire
from handlers.request import Request, Speaker
from ledger import repayment, reports
from ledger.calendar import spoken_date
from ledger.money import spoken
from ledger.records import Loan, LoanInstalment
from ledger.store.books import Books
from ledger.store.figures import figures
from ledger.store.store import Unavailable
from ledger.terms import ACCOUNT_WORDS, ASKING, ENTRY_WORDS, PLAN_WORDS, STATUS_WORDS, VILLAGE_ROLES, Role, Status

SESSION, TRYING = "huzhu_desk", "huzhu_desk_try"
HEADERS = {
    # Pages of one officer: nothing between keeps them, no other page frames them or learns where they lead.
    "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'",
}
MOST = 2**31 - 1


def blueprint(services: Services) -> Blueprint:
    """Serves `/desk/…`."""
    pages = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")
    door = Door(services)
    _login(pages, door, services.config.server.base_url.startswith("https://"))
    _looks(pages, door, services)

    @pages.after_request
    def guarded(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @pages.errorhandler(Unavailable)
    def away(_error: Unavailable) -> Response | HTTPException:
        return notices.away(ServiceUnavailable())

    return pages


def _login(pages: Blueprint, door: Door, secure: bool) -> None:
    def cookie(answer: Answer, name: str, value: str, life_s: int) -> Answer:
        answer.set_cookie(name, value, life_s, path="/desk", secure=secure, httponly=True, samesite="Strict")
        return answer

    @pages.post("/login")
    def login() -> Answer:
        number = phone(request.form.get("phone", "")[:32])
        shown = Response(render_template("desk_login.html", number=number, asked=True, wrong=None))
        return cookie(shown, TRYING, door.ask(number), CODE_LIFE_S)

    @pages.post("/code")
    def code() -> Answer:
        number, digits = phone(request.form.get("phone", "")[:32]), "".join(request.form.get("code", "")[:32].split())
        try:
            token = door.enter(number, request.cookies.get(TRYING, ""), digits)
        except Refused as refused:
            asked = refused.left > 0
            page = render_template("desk_login.html", number=number, asked=asked, wrong=refused.left)
            return Response(page, 403)
        return cookie(cookie(redirect("/desk/", 303), SESSION, token, LIFE_S), TRYING, "", 0)

    @pages.post("/logout")
    def logout() -> Answer:
        guest = door.guest(request.cookies.get(SESSION, ""))
        if guest is not None:
            door.leave(guest)
        return cookie(redirect("/desk/", 303), SESSION, "", 0)


def _looks(pages: Blueprint, door: Door, services: Services) -> None:
    def seated() -> tuple[Guest, Speaker] | None:
        """Who looks, and as which of the officers that share the phone."""
        guest = door.guest(request.cookies.get(SESSION, ""))
        if guest is None:
            return None
        wanted = request.args.get("society", "")
        found = next((one for one in guest.speakers if one.society.code == wanted), None)
        return (guest, found or guest.speakers[0]) if found or not wanted else abort(404)

    def show(template: str, look: Any, *, inside: bool = True) -> Answer:
        """One page for the officer who is seated; `inside` pages are the village's own."""
        here = seated()
        if here is None:
            return redirect("/desk/", 303)
        guest, speaker = here
        if inside and not speaker.roles & VILLAGE_ROLES:
            abort(404)
        with services.store.read() as books:
            facts = look(books, guest, speaker)
        words = {
            "society": speaker.society, "name": speaker.person.name, "inside": bool(speaker.roles & VILLAGE_ROLES),
            "roles": texts.role_words(speaker.roles - {Role.MEMBER}),
            "places": [one.society for one in guest.speakers],
        }
        return Response(render_template(template, today=spoken_date(guest.today), **words, **facts))

    @pages.get("/")
    def overview() -> Answer:
        if seated() is None:
            return Response(render_template("desk_login.html", number="", asked=False, wrong=None))
        return show("desk.html", lambda books, guest, speaker: _overview(services, books, guest, speaker), inside=False)

    @pages.get("/loans")
    def loans() -> Answer:
        return show("desk_loans.html", lambda books, guest, speaker: {"loans": _loans(books, guest, speaker)})

    @pages.get("/loans/<int:no>")
    def loan(no: int) -> Answer:
        return show("desk_loan.html", lambda books, guest, speaker: _loan(books, guest, speaker, no))

    @pages.get("/people")
    def people() -> Answer:
        return show("desk_people.html", _people)


def _overview(services: Services, books: Books, guest: Guest, speaker: Speaker) -> dict[str, Any]:
    """What waits for this officer and how the society stands; to a village officer also the day and who is late."""
    code, today = speaker.society.code, guest.today
    asked = Request(speaker, "pending", {}, today, services.clock.now(), "desk", "desk", books, services.secret)
    facts: dict[str, Any] = {
        "waiting": enquire.pending(asked).facts["all"],
        "figures": _figures(reports.contract_figures(figures(books, code, today))),
        "entries": [], "late": [], "coming": [],
    }
    if not speaker.roles & VILLAGE_ROLES:
        return facts
    late = books.late_loans(code, today)
    facts["late"] = [{"no": no, "name": name, "amount": spoken(fen), "days": days} for no, name, fen, days in late]
    facts["entries"] = [
        {"no": one.seq, "what": ENTRY_WORDS.get(one.kind, one.kind), "memo": texts.clean(one.memo),
         "amount": spoken(one.size_fen),
         "lines": [f"{ACCOUNT_WORDS[account]} {spoken(fen)}" for account, _, fen, *_ in one.lines]}
        for one in books.day_entries(code, today)
    ]
    facts["coming"] = _named(books, code, books.loans_in(code, ASKING))
    return facts


def _figures(sums: dict[str, Any]) -> list[tuple[str, str]]:
    money = (("资金总额", "fund_total_fen"), ("在借", "outstanding_fen"), ("逾期", "overdue_fen"), ("现金", "cash_fen"),
             ("存款", "bank_fen"))
    return [("社员", f"{sums['households_member']}户"), *((word, spoken(int(sums[key]))) for word, key in money),
            ("按时还", f"{sums['on_time_rate']:.1%}")]


def _named(books: Books, code: str, loans: list[Loan]) -> list[dict[str, Any]]:
    people = books.people(code, {one.person for one in loans})
    return [
        {"no": one.no, "name": people[one.person].name, "household": one.household, "amount": spoken(one.amount_fen),
         "purpose": texts.clean(one.purpose), "state": "暂停" if one.held else STATUS_WORDS[one.status]}
        for one in sorted(loans, key=lambda one: one.no)
    ]


def _loans(books: Books, guest: Guest, speaker: Speaker) -> list[dict[str, Any]]:
    """Every loan that is being repaid: what is left, what comes next, how late it is."""
    code = speaker.society.code
    open_ = books.loans_in(code, [Status.PAID_OUT])
    rows = books.instalments_of(code, {one.no for one in open_})
    return [shown | _standing(rows.get(shown["no"], []), guest) for shown in _named(books, code, open_)]


def _standing(rows: list[LoanInstalment], guest: Guest) -> dict[str, Any]:
    coming = next((one for one in rows if repayment.open_total(one)), None)
    return {
        "left": spoken(repayment.outstanding(rows)), "days": repayment.days_late(rows, guest.today),
        "next": f"{spoken_date(coming.due_on)} {spoken(repayment.open_total(coming))}" if coming else "",
    }


def _loan(books: Books, guest: Guest, speaker: Speaker, no: int) -> dict[str, Any]:
    code = speaker.society.code
    found = books.loan(code, no) if no <= MOST else None
    if found is None:
        abort(404)
    rows = books.instalments(code, no)
    homes = {one: books.household(code, one) for one in (found.payer_one, found.payer_two) if one}
    people = books.people(code, {home.person for home in homes.values() if home})
    return {
        "loan": _named(books, code, [found])[0] | _standing(rows, guest), "months": found.months,
        "plan": PLAN_WORDS[found.plan], "rate": f"{found.fee_ppm_month / 1000:g}‰", "held": texts.clean(found.held),
        "payers": "、".join(people[home.person].name for home in homes.values() if home),
        "steps": [(word, f"{on.year}年{spoken_date(on)}") for word, on in (
            ("申请", found.applied_on), ("批准", found.approved_on), ("公示到", found.closes_on),
            ("签字", found.signed_on), ("放款", found.paid_out_on), ("收到", found.received_on),
            ("结束", found.ended_on)) if on],
        "rows": [{"n": one.n, "due": f"{one.due_on.year}年{spoken_date(one.due_on)}",
                  "principal": spoken(one.principal_fen), "fee": spoken(one.fee_fen),
                  "open": spoken(repayment.open_total(one)) if repayment.open_total(one) else "已还清"}
                 for one in rows],
    }


def _people(books: Books, _guest: Guest, speaker: Speaker) -> dict[str, Any]:
    """The households, or those whose member, head, group or number holds the words looked for."""
    code, wanted = speaker.society.code, texts.clean(request.args.get("q", "")[:40]).strip()
    homes = [one for one in books.households(code) if one.left_on is None]
    people = books.people(code, {one.person for one in homes})
    rows = [{"no": one.no, "name": people[one.person].name, "head": one.head, "group": one.group_name,
             "category": one.category} for one in homes]
    shown = [row for row in rows if not wanted or any(wanted in word for word in row.values())]
    return {"rows": shown, "wanted": wanted}
