"""A whole society living at random: loans on every way, late, extended, reversed, written off; proved after each step.

Everything goes through the real handlers and the real store, in one transaction that is rolled back at the end, so a
thousand lives cost no disk. After each step what it changed is proved, at the end of a life everything (proofs.py).
`python -m tests.torture.societies 600 [--postgresql]` lives for ten minutes and prints how many steps.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Any

from handlers.request import Answer, Request, Speaker
from handlers.table import TABLE
from jobs import disclose, overdue, remind
from ledger import charter as charters
from ledger import codes, founding, notices, repayment
from ledger.loan_terms import EARLY_PLANS
from ledger.offices import roles_of
from ledger.payoff import DAY_COUNTS
from ledger.records import Loan, Office, Person
from ledger.records import Society as Place
from ledger.reviews import Stage
from ledger.store.books import Books
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.terms import ASKING, Account, Plan, Role, Status
from ledger.village import Village as Told
from tests.engines import Postgres
from tests.keys import KEYS
from tests.torture.proofs import Broken, Proof, Watched
from tests.village import CODE, FIRST_DAY, QUICK, told_village

SECRET = b"a society at random"
LENGTHS = (60, 150, 400, 1500)
"""Steps of the lives of a torture in turn: short ones are many, long ones come to recoveries and second extensions."""
GROUPS = ("第一组", "第二组", "第三组")


@cache
def small_village() -> Told:
    """Three groups of qingshan with their loans, officers without an end; the bank makes up the difference."""
    told = told_village()
    homes = tuple(home for home in told.households if home.group in GROUPS)
    numbers = {home.no for home in homes}
    loans = tuple(loan for loan in told.loans if loan.household in numbers)
    opening = dict(told.opening)
    opening["会员互助金"] = sum(home.contribution_fen for home in homes)
    lent = sum(loan.principal_fen - loan.repaid_principal_fen for loan in loans)
    others = sum(fen for word, fen in opening.items() if word not in {"库存现金", "银行存款"})
    opening["银行存款"] = others - lent - opening["库存现金"]
    offices = tuple(replace(post, until=None) for post in told.offices)
    return replace(told, households=homes, offices=offices, loans=loans, opening=opening)


def random_charter(rng: random.Random) -> dict[str, Any]:
    """The default charter with the choices a society has drawn at random."""
    body = {name: dict(value) if isinstance(value, dict) else value for name, value in charters.body_of("").items()}
    body["early"]["plan"] = rng.choice(EARLY_PLANS)
    body["fee"]["day_count"] = rng.choice(DAY_COUNTS)
    body["loan"]["grace_months"] = rng.choice((0, 0, 0, 1))
    body["loan"]["contribution_multiple"] = rng.choice((0, 0, 50))
    body["subsidy"]["poor_permille"] = rng.choice((0, 700))
    body["priority"]["poor_first"] = rng.choice(("off", "short", "waiting"))
    body["extension"] |= {"times_max": rng.choice((1, 2)), "late_days_max": 60}
    body["write_off"]["late_days_min"] = rng.choice((5, 90))
    body["write_off"]["reserves"] = rng.choice((
        ["risk_reserve"], ["risk_reserve", "accumulation_fund"], ["risk_reserve", "retained"],
    ))
    body["group"] |= {"borrowers_permille": rng.choice((400, 800)), "guarantor_may_borrow": rng.random() < 0.5}
    return body


@dataclass
class OneTransaction:
    """A store whose readers and writers all see one transaction that never commits."""

    books: Books

    @contextmanager
    def write(self) -> Iterator[Books]:
        yield self.books

    read = write


@dataclass
class Society:
    """One life: the books, the day, the chances. Each method of a step says what it did, or nothing."""

    books: Books
    rng: random.Random
    today: date = FIRST_DAY
    now: int = 1_800_000_000
    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def open(self) -> None:
        act, history = founding.found(small_village(), random_charter(self.rng))
        self.books = Watched(self.books.connection)
        self.proof = Proof(self.books, CODE)
        self.books.save(CODE, act, act.entries[0].on, 0)
        self.books.history(CODE, history)
        self.proof.step()

    @cached_property
    def place(self) -> Place:
        """No step changes the society's own record or its officers, so one reading does for a life."""
        place = self.books.society(CODE)
        assert place is not None
        return place

    @cached_property
    def officers(self) -> list[tuple[Office, Person]]:
        return self.books.officers(CODE)

    def say(self, speaker_no: int, command: str, **slots: Any) -> Answer | None:
        """One command of one person, decided by its handler and saved; None where the role may not."""
        who = self.books.person(CODE, speaker_no)
        home = self.books.household(CODE, who.household) if who and who.household else None
        if who is None:
            return None
        member = home is not None and home.person == speaker_no and home.left_on is None
        offices = [office for office, one in self.officers if one.no == speaker_no]
        roles = roles_of(who, offices, self.today, member=member)
        row = TABLE[command]
        if not roles & row.who:
            return None
        speaker = Speaker(self.place, who, home if member else None, roles)
        self.steps += 1
        request = Request(
            speaker, command, slots, self.today, self.now, f"k{self.steps}", "sms", self.books, SECRET
        )
        answer = row.run(request)
        if answer.act is not None:
            self.books.save(CODE, answer.act, self.today, self.now)
        self.done[command if not answer.refusals else f"{command} refused"] += 1
        return answer

    def officer(self, *roles: Role) -> int:
        found = [person.no for office, person in self.officers
                 if roles_of(person, [office], self.today, member=False) & set(roles)]
        return self.rng.choice(found)

    def loans(self, *statuses: Status) -> list[Loan]:
        return self.books.loans_in(CODE, statuses)

    def end(self, store: Store) -> None:
        """The end of a life: what a commit would ask, and everything proved anew."""
        if not store.sqlite:
            self.books.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        self.proof.whole()

    # Steps.

    def apply(self) -> None:
        home = self.rng.choice(self.books.households(CODE))
        self.say(
            home.person, "borrow", amount_fen=self.rng.choice((50_000, 300_000, 123_457, 499_999, 2_000_000)),
            months=self.rng.randint(1, 12), purpose=self.rng.choice(("买化肥", "养猪", "打牌")),
            plan=str(self.rng.choice(tuple(Plan))),
        )

    def onward(self) -> None:
        """The next thing somebody was asked for, on any loan: a consent, a key, a signature, the money."""
        asking = self.loans(*ASKING)
        if not asking:
            return
        loan = self.rng.choice(asking)
        waiting = [one for one in self.books.endorsements(CODE, loan.no) if not one.answer]
        if waiting:
            one = self.rng.choice(waiting)
            if one.kind == "consent":
                self.say(one.person, "consent" if self.rng.random() < 0.9 else "refuse", loan=loan.no)
            elif one.kind == "key":
                self.key(one.person, loan.no)
            else:
                self.say(one.person, "sign", loan=loan.no)
        elif loan.status == Status.SIGNED:
            self.say(self.officer(Role.CASHIER), "pay_out", loan=loan.no, via=self.rng.choice(("现金", "")))

    def key(self, person: int, loan: int) -> None:
        """A key with its code; now and then a wrong one, now and then a fresh one first."""
        challenge = self.books.challenge(CODE, loan, person)
        stale = challenge is None or self.now - challenge.issued_at > 86_400
        if self.rng.random() < (0.9 if stale else 0.1):
            self.say(person, "approve", loan=loan)
            challenge = self.books.challenge(CODE, loan, person)
        if challenge is None:
            return
        code = codes.one_time(SECRET, *notices.code_for(challenge))
        self.say(person, "approve", loan=loan, code=code if self.rng.random() < 0.95 else "000000")

    def stop(self) -> None:
        """Something in the way: withdrawn, rejected, held, released, objected to, answered."""
        asking = self.loans(*ASKING)
        if asking:
            loan = self.rng.choice(asking)
            what = self.rng.choice(("withdraw", "reject", "hold", "release", "release", "object"))
            role = Role.SUPERVISOR if what in {"hold", "release"} else Role.CHAIR
            who = loan.person if what == "withdraw" else self.officer(role)
            self.say(who, what, loan=loan.no, text="想好了再说")
        for matter in self.books.open_matters(CODE):
            self.say(self.officer(Role.SUPERVISOR), "answer", item=matter.no, text="看过了")

    def receive(self) -> None:
        lent = [loan for loan in self.loans(Status.PAID_OUT) if loan.received_on is None]
        if lent:
            loan = self.rng.choice(lent)
            self.say(loan.person, self.rng.choice(("received", "received", "not_received")), loan=loan.no)

    def repay(self) -> None:
        """Money: an instalment, a piece, far too much, all; sometimes some days ago, sometimes after a quote."""
        lent = self.loans(Status.PAID_OUT, Status.WRITTEN_OFF)
        if not lent:
            return
        loan = self.rng.choice(lent)
        rows = self.books.instalments(CODE, loan.no)
        coming = next((repayment.open_total(row) for row in rows if repayment.open_total(row)), 0)
        amount = self.rng.choice((coming, coming, coming, 1, coming * 2 + 7, coming // 3, 1_500_000, "all"))
        if amount == "all" and self.rng.random() < 0.5:
            self.say(loan.person, "payoff", loan=loan.no)
        if amount == 0:
            return
        tail = loan.household.rpartition("-")[2]
        more = {"on": self.rng.choice(("昨天", "前天"))} if self.rng.random() < 0.2 else {}
        self.say(
            self.officer(Role.CASHIER), "collect", lines=[{"person": tail, "amount_fen": amount}],
            via=self.rng.choice(("转账", "")), **more,
        )

    def undo(self) -> None:
        """An entry reversed, mostly a new one; a pay-out among them is one that never arrived."""
        newest, _ = self.books.head(CODE)
        seq = self.rng.choice((newest, newest, newest - 1, self.rng.randint(1, newest)))
        self.say(self.officer(Role.TREASURER), "reverse", entry=seq, text="记错了")

    def give_back(self) -> None:
        for home in self.books.households(CODE):
            if self.books.balance(CODE, Account.CREDIT, home.no):
                self.say(self.officer(Role.CASHIER), "refund_credit", person=home.no.rpartition("-")[2],
                         **self.rng.choice(({}, {"amount_fen": 1}, {"amount_fen": 10**6})))

    def ask_time(self) -> None:
        lent = self.loans(Status.PAID_OUT)
        if lent:
            loan = self.rng.choice(lent)
            self.say(loan.person, "extend", loan=loan.no, months=self.rng.randint(1, 7), text="猪没出栏")

    def give_up(self) -> None:
        lent = self.loans(Status.PAID_OUT)
        if lent:
            loan = self.rng.choice(lent)
            self.say(self.officer(Role.TREASURER), "write_off", loan=loan.no, text="外出多年")

    def review(self) -> None:
        """The next step of a review."""
        open_ones = self.books.open_reviews(CODE)
        if not open_ones:
            return
        one = self.rng.choice(open_ones)
        part = f"{one.kind}{one.no}."
        waiting = [said for said in self.books.endorsements(CODE, one.loan)
                   if said.kind.startswith(part) and not said.answer]
        if self.rng.random() < 0.05:
            self.say(self.officer(Role.CHAIR), "reject", loan=one.loan, text="再等等")
        elif waiting:
            said = self.rng.choice(waiting)
            if said.kind.endswith(".key"):
                self.key(said.person, one.loan)
            else:
                self.say(said.person, "consent" if self.rng.random() < 0.95 else "refuse", loan=one.loan)
        elif one.stage == Stage.RESOLVING:
            self.say(self.officer(Role.CHAIR), "write_off_resolution", loan=one.loan, text="第三号")
        elif one.stage == Stage.FILING:
            self.say(self.officer(Role.COUNTY), "write_off_filing", loan=one.loan, text="云备七")
        elif one.stage == Stage.FILED:
            self.say(self.officer(Role.TREASURER), "write_off", loan=one.loan)
        elif one.stage == Stage.DISCLOSED and self.rng.random() < 0.1:
            self.say(self.rng.choice(self.books.households(CODE)).person, "object", loan=one.loan, text="不同意这样")

    def money(self) -> None:
        """Money for running, subsidies and the box."""
        what = self.rng.choice(("贴息", ""))
        self.say(self.officer(Role.TREASURER), "fund_in", source="财政", amount_fen=5_000, text=what)
        self.say(self.officer(Role.CASHIER), self.rng.choice(("bank_in", "bank_out")), amount_fen=20_000)

    def days(self) -> None:
        """Some days pass; each does what it owes."""
        days = self.rng.choice((1, 1, 4, 10, 31))
        self.today += timedelta(days=days)
        self.now += days * 86_400
        store: Any = OneTransaction(self.books)
        for job in (disclose.close_due, remind.remind_due, overdue.tell_overdue):
            job(store, self.today, self.now)
        self.done["days"] += 1

    STEPS = (
        (apply, 7), (onward, 60), (stop, 2), (receive, 4), (repay, 18), (undo, 4), (give_back, 2), (ask_time, 4),
        (give_up, 2), (review, 20), (money, 1), (days, 8),
    )

    def step(self, name: str = "") -> str:
        """One step at random, or the named one."""
        chosen = next((one for one, _ in self.STEPS if one.__name__ == name), None)
        run = chosen or self.rng.choices([one for one, _ in self.STEPS], [weight for _, weight in self.STEPS])[0]
        run(self)
        return run.__name__


def live(books: Books, seed: int, steps: int) -> Society:
    """One society of `steps` steps, proved after each. Raises Broken with the seed and the step."""
    society = Society(books, random.Random(seed))
    society.open()
    for number in range(steps):
        name = society.step()
        try:
            society.proof.step()
        except Broken as broken:
            raise Broken(f"seed {seed} step {number} {name} on {society.today}: {broken}") from None
    return society


@contextmanager
def fresh(url: str) -> Iterator[Store]:
    store = Store(url, patience_s=60, keys=KEYS)
    upgrade(store)
    try:
        yield store
    finally:
        store.close()


class _Done(Exception):
    pass


def one_life(store: Store, seed: int, steps: int) -> Society:
    """A life in a transaction that is rolled back, proved as a whole at its end."""
    lived: list[Society] = []
    try:
        with store.write() as books:
            lived.append(live(books, seed, steps))
            lived[0].end(store)
            raise _Done
    except _Done:
        return lived[0]
    except Broken as broken:
        raise Broken(f"seed {seed}: {broken}") from None


def main(seconds: float, *, postgresql: bool) -> None:
    end, steps, lives = time.monotonic() + seconds, 0, 0
    done: Counter[str] = Counter()
    seed = int(os.environ.get("HUZHU_SEED", "0")) or random.SystemRandom().randrange(10**9)
    with ExitStack() as stack:
        if postgresql:
            server = Postgres()
            stack.callback(server.stop)
            url = server.url(server.create())
        else:
            quick = QUICK if QUICK.is_dir() else None
            url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory(dir=quick))}/life.db"
        store = stack.enter_context(fresh(url))
        while time.monotonic() < end:
            length = LENGTHS[lives % len(LENGTHS)]
            society = one_life(store, seed + lives, length)
            steps, lives, done = steps + length, lives + 1, done + society.done
    kind = "PostgreSQL" if postgresql else "SQLite"
    print(f"n = {steps} steps in {lives} societies on {kind} from seed {seed}, every one proved")
    for name, count in sorted(done.items()):
        print(f"{count:8} {name}")


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--postgresql"]
    main(float(given[0]) if given else 60, postgresql="--postgresql" in sys.argv)
