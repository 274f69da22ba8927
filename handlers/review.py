"""More time for a loan (展期) by message, and what its steps and those of a write-off share: consents, keys, pages.

The commands of an application (同意联保, 批, 驳回, 撤回, 异议) mean the review where the loan has one on its way; their
handlers ask here first.
"""

from __future__ import annotations

from ledger import extension, loans, notices, repayment, reviews, watched
from ledger.offices import acting, conflicted, key_holders
from ledger.records import Act, Disclosure, Endorsement, Household, Loan, LoanReview, Matter, Person, Refusal
from ledger.reviews import EXTENSION, WRITE_OFF, Stage
from ledger.terms import TITLES, VILLAGE_ROLES, Role, Status

from .keys import code_wrong, new_code
from .people import posts, with_kin
from .request import Answer, Request, facts_of, household_of, one_loan, refuse


def extend(request: Request) -> Answer:
    """`展期 23 3个月 猪没出栏`: the borrower asks for more time; the substitute payers are asked at once."""
    mine = request.books.loans_of(request.code, household_of(request).no, [Status.PAID_OUT])
    loan = one_loan(request, mine, "loan.none_open")
    if isinstance(loan, Refusal):
        return refuse(loan)
    months, reason = int(request.slots.get("months") or 0), str(request.slots.get("text") or "").strip()
    rows = tuple(request.books.instalments(request.code, loan.no))
    before = tuple(request.books.reviews_of(request.code, loan.no))
    case = extension.ExtensionCase(
        request.charter(loan.charter_version), request.today, loan, rows, months, reason, before
    )
    against = extension.refusals(case)
    if against:
        return refuse(*against)
    fee_fen, first = extension.preview(case)
    review = begun(request, loan, EXTENSION, Stage.ASKED, months, reason, before)
    act = reviews.ask(
        review, loan, request.speaker.person.name, _payers(request, loan), holders_of(request, loan, EXTENSION),
        request.now,
    )
    facts = facts_of(loan) | {"months": months, "reason": reason, "fee_fen": fee_fen, "due_on": first.due_on}
    return Answer("extend.done", facts, act, ask="extend.ask")


def begun(
    request: Request, loan: Loan, kind: str, stage: Stage, months: int, reason: str, before: tuple[LoanReview, ...]
) -> LoanReview:
    number = 1 + sum(1 for one in before if one.kind == kind)
    left_fen = repayment.outstanding(request.books.instalments(request.code, loan.no))
    return LoanReview(
        request.code, loan.no, kind, number, stage, months, left_fen, reason, request.today, request.speaker.person.no
    )


def _payers(request: Request, loan: Loan) -> list[int]:
    homes = [request.books.household(request.code, no) for no in (loan.payer_one, loan.payer_two) if no]
    return [home.person for home in homes if home is not None and home.left_on is None]


def _group(request: Request, loan: Loan) -> tuple[Household, list[Household]]:
    borrower = request.books.household(request.code, loan.household)
    assert borrower is not None
    standings = request.books.standings(request.code, borrower.group_name, request.today) if borrower.group_name else ()
    return borrower, with_kin(request, borrower, [one.household for one in standings] or [borrower])


def holders_of(request: Request, loan: Loan, kind: str) -> list[reviews.Holder]:
    """Who holds the keys: the charter's, and for a write-off a supervisor in any case; nobody in conflict."""
    borrower, group = _group(request, loan)
    officers = request.books.officers(request.code)
    charter = request.charter(loan.charter_version)
    chosen = list(key_holders(charter, officers, borrower, group, request.today))
    if kind == WRITE_OFF and not charter.board.supervisor:
        watching = [
            (office, person) for office, person in officers
            if TITLES[office.title] == Role.SUPERVISOR and acting([office], request.today)
            and not conflicted(person, borrower, group) and person.no not in {one.no for _, one in chosen}
        ]
        chosen += watching[:1]
    return [(office, person, _next_issue(request, loan, person)) for office, person in chosen]


def _next_issue(request: Request, loan: Loan, person: Person) -> int:
    newest = request.books.challenge(request.code, loan.no, person.no)
    return newest.issue + 1 if newest else 1


def _meant(request: Request, found: list[LoanReview]) -> LoanReview | None:
    """The review a number means, or the only one there is."""
    wanted = request.slots.get("loan")
    meant = [one for one in found if wanted is None or one.loan == wanted]
    return meant[0] if len(meant) == 1 else None


def loan_of(request: Request, review: LoanReview) -> tuple[Loan, str]:
    loan = request.books.loan(request.code, review.loan)
    assert loan is not None
    return loan, request.books.people(request.code, {loan.person})[loan.person].name


def _mine(request: Request, review: LoanReview, part: str) -> tuple[Endorsement | None, list[Endorsement]]:
    said = request.books.endorsements(request.code, review.loan, reviews.part_of(review, part))
    return next((one for one in said if one.person == request.speaker.person.no), None), said


def facts_about(review: LoanReview, loan: Loan, name: str) -> dict[str, object]:
    return facts_of(loan) | {
        "name": name, "months": review.months, "reason": review.reason, "left_fen": review.amount_fen,
    }


# What the commands of an application mean while a review is on its way: an answer, or None for the application's own.


def consent(request: Request) -> Answer | None:
    """`同意联保 23` from a substitute payer: stays bound for the longer term."""
    review = _meant(request, request.books.reviews_asked(request.code, request.speaker.person.no, "consent"))
    if review is None or review.stage != Stage.ASKED:
        return None
    loan, name = loan_of(request, review)
    mine, asked = _mine(request, review, "consent")
    assert mine is not None
    holders = holders_of(request, loan, review.kind)
    act = reviews.consent(review, loan, name, mine, asked, holders, request.today, request.now)
    return Answer("extend.consent", facts_about(review, loan, name), act)


def decline(request: Request) -> Answer | None:
    """`不同意联保 23` from a substitute payer: there is no extension."""
    review = _meant(request, request.books.reviews_asked(request.code, request.speaker.person.no, "consent"))
    if review is None or review.stage != Stage.ASKED:
        return None
    loan, name = loan_of(request, review)
    mine, _ = _mine(request, review, "consent")
    assert mine is not None
    act = reviews.decline(review, loan, mine, request.today)
    return Answer("extend.declined", facts_about(review, loan, name), act)


def approve(request: Request) -> Answer | None:
    """`批 23 482913` turns a key of the review; `批 23` alone sends another code."""
    review = _meant(request, request.books.reviews_asked(request.code, request.speaker.person.no, "key"))
    if review is None or review.stage != Stage.KEYS:
        return None
    loan, name = loan_of(request, review)
    borrower, group = _group(request, loan)
    if conflicted(request.speaker.person, borrower, group):
        return refuse(Refusal("approve.conflict", {"loan": loan.no}))
    given = request.slots.get("code")
    challenge = request.books.challenge(request.code, loan.no, request.speaker.person.no)
    if given is None:
        return new_code(request, loan, challenge, reviews.content(review), f"{review.kind}.code",
                        facts_about(review, loan, name))
    charter = request.charter(loan.charter_version)
    wrong = code_wrong(request, loan.no, challenge, reviews.content(review), str(given), charter)
    if wrong is not None:
        return wrong
    assert challenge is not None
    mine, keys = _mine(request, review, "key")
    assert mine is not None
    needed = 3 if review.kind == WRITE_OFF else 2
    last = all(one.answer == "yes" for one in keys if one.person != mine.person) and len(keys) >= needed
    page = page_for(request, review, loan, name) if last and review.kind == EXTENSION else None
    act = reviews.approve(review, loan, mine, keys if len(keys) >= needed else [*keys, _MISSING], challenge,
                          request.today, page)
    hearing = {loan.person, *(one.no for one in posts(request, *VILLAGE_ROLES))} - {request.speaker.person.no}
    act += watched.key_turned(loan, name, request.speaker.person.name, request.key, hearing, review)
    days = charter.extension.disclosure_days
    return Answer(f"{review.kind}.approved" if last else "approve.done_first",
                  facts_about(review, loan, name) | {"days": days}, act)


_MISSING = Endorsement("", 0, "", -1, "", 0, None)
"""Stands for a key nobody can hold now: the review waits until the board is complete."""


def page_for(request: Request, review: LoanReview, loan: Loan, name: str, **facts: object) -> Disclosure:
    charter = request.charter(loan.charter_version)
    days = (charter.extension if review.kind == EXTENSION else charter.write_off).disclosure_days
    number, head = request.books.next_disclosure_no(request.code), request.books.head(request.code)
    return reviews.page_of(review, loan, number, head, request.today, days, name, **facts)


def reject(request: Request) -> Answer | None:
    """`驳回 23 理由`: one who holds a key of the review says no; the borrower reads the reason."""
    wanted = request.slots.get("loan")
    review = request.books.open_review(request.code, int(wanted)) if wanted is not None else None
    if review is None or _mine(request, review, "key")[0] is None:
        return None
    loan, name = loan_of(request, review)
    reason = str(request.slots.get("text") or "").strip()
    if not reason:
        return refuse(Refusal("reject.no_reason", {"loan": loan.no}))
    return Answer("review.rejected", facts_about(review, loan, name), reviews.end(review, loan, "reject", reason),
                  ask="review.reject_ask")


def withdraw(request: Request) -> Answer | None:
    """`撤回 23`: the borrower wants no more time after all."""
    mine = {one.no for one in request.books.loans_of(request.code, household_of(request).no, [Status.PAID_OUT])}
    review = _meant(request, [
        one for one in request.books.open_reviews(request.code) if one.loan in mine and one.kind == EXTENSION
    ])
    if review is None or reviews.refusal(review, "withdraw"):
        return None
    loan, name = loan_of(request, review)
    return Answer("extend.withdrawn", facts_about(review, loan, name), reviews.end(review, loan, "withdraw"),
                  ask="extend.withdraw_ask")


def object_to(request: Request) -> Answer | None:
    """`异议 23 理由` while a review is disclosed: it waits until the objection is answered."""
    review = _meant(request, request.books.open_reviews(request.code, [Stage.DISCLOSED]))
    if review is None or request.slots.get("loan") is None:
        return None
    text = str(request.slots.get("text") or "").strip()
    if not text:
        return refuse(Refusal("object.no_reason", {"loan": review.loan}))
    number = request.books.next_matter_no(request.code)
    matter = Matter(
        request.code, number, "objection", review.loan, household_of(request).person, text, request.today
    )
    told = tuple(
        notices.matter_raised(matter, request.speaker.person.name, person.no)
        for person in posts(request, Role.SUPERVISOR, Role.CHAIR)
    )
    return Answer("review.objected", {"loan": review.loan, "item": number}, Act((matter,), (), told))


def lapse_of(loan: Loan, review: LoanReview | None) -> Act:
    """A settled loan needs no more time and is not given up: its review lapses with it."""
    if review is None or loans.refusal(loan, "extend") is None:
        return Act()
    return reviews.end(review, loan, "lapse")
