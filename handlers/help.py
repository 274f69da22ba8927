"""Help that fits the person, the rules in plain words, and whom to turn to."""

from __future__ import annotations

from dataclasses import replace

from ledger.offices import acting
from ledger.records import Act, Refusal
from ledger.terms import TITLES, Role

from . import menu
from .request import Answer, Request, household_of, refuse

HELP_BY_ROLE = (
    (Role.CASHIER, "help.cashier"),
    (Role.TREASURER, "help.treasurer"),
    (Role.CHAIR, "help.chair"),
    (Role.DIRECTOR, "help.director"),
    (Role.SUPERVISOR, "help.supervisor"),
    (Role.COUNTY, "help.county"),
    (Role.TOWNSHIP, "help.county"),
)


def help_me(request: Request) -> Answer:
    """`帮助`: what this person can send, and what fits the present situation as digits."""
    role = next((words for role, words in HELP_BY_ROLE if role in request.speaker.roles), "help.member")
    return Answer(role, choices=tuple(menu.items(request)))


UNHEARD = {
    "": "unknown.text", "text": "unknown.text", "voice": "unknown.voice", "image": "unknown.kept",
    "video": "unknown.kept", "shortvideo": "unknown.kept",
}
"""What is said to a message without words, by its kind; a voice has none where nothing was recognised."""


def unknown(request: Request) -> Answer:
    """Nothing understood: the three likeliest things as digits; what is forbidden is refused by its reason."""
    if request.slots.get("about"):
        return refuse(Refusal(str(request.slots["about"])))
    words = UNHEARD.get(str(request.slots.get("unheard") or ""), "unknown.other")
    return Answer(words, choices=tuple(menu.likeliest(request)))


def rules(request: Request) -> Answer:
    """`能借多少` / `占用费多少`: the charter's numbers, and this household's own limit."""
    charter = request.charter()
    facts = {
        "first_fen": charter.loan.first_max_fen, "later_fen": charter.loan.later_max_fen,
        "months": charter.loan.months_max, "fee_ppm_month": charter.fee.ppm_month,
    }
    if request.speaker.household is None:
        return Answer("rules.all", facts)
    settled = request.books.settled_count(request.code, household_of(request).no)
    limit_fen = charter.loan.later_max_fen if settled else charter.loan.first_max_fen
    return Answer("rules.mine", facts | {"limit_fen": limit_fen})


def contacts(request: Request) -> Answer:
    """`找谁`: the treasurer, the cashier and the three supervision telephones."""
    posts = {
        TITLES[office.title]: person
        for office, person in request.books.officers(request.code)
        if acting([office], request.today)
    }
    treasurer, cashier = posts.get(Role.TREASURER), posts.get(Role.CASHIER)
    society = request.speaker.society
    return Answer("contacts", {
        "treasurer": f"{treasurer.name}{treasurer.phone}" if treasurer else "（暂缺）",
        "cashier": f"{cashier.name}{cashier.phone}" if cashier else "（暂缺）",
        "village_phone": society.village_phone, "township_phone": society.township_phone,
        "county_phone": society.county_phone,
    })


def stop(request: Request) -> Answer:
    """`退订`: reminders and broadcasts stop; receipts of one's own money and codes go on."""
    return _silence(request, silent=True, words="stop.done")


def resume(request: Request) -> Answer:
    return _silence(request, silent=False, words="resume.done")


def _silence(request: Request, *, silent: bool, words: str) -> Answer:
    mine = request.books.addresses(request.code, request.speaker.person.no)
    return Answer(words, {}, Act(tuple(replace(one, silent=silent) for one in mine)))


TONGUES = {"en": "tongue.english", "": "tongue.chinese"}


def tongue(request: Request) -> Answer:
    """`English`, `中文`: the language of everything this person is told from now on."""
    wanted = "en" if "english" in str(request.slots.get("text", "")).lower() or "英" in str(
        request.slots.get("text", "")) else ""
    mine = request.books.addresses(request.code, request.speaker.person.no)
    return Answer(TONGUES[wanted], {}, Act(tuple(replace(one, tongue=wanted) for one in mine)))


def yes(request: Request) -> Answer:
    """A bare `1` with no question open; `对 23` thanks for confirming a receipt."""
    if request.slots.get("loan"):
        return Answer("yes.receipt")
    return refuse(Refusal("yes.nothing_open"))


def no(request: Request) -> Answer:
    return Answer("no.nothing_open")
