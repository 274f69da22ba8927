"""A small village whose books have a bit of everything: opening, loans, repayments, a reversal, money moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.workbook.columns import ACCOUNTS
from jobs import relief
from jobs.intake import take_over
from ledger import extension, journal, lending, repayment, write_off
from ledger.records import Act, Disclosure, Draft, Endorsement, Loan, LoanReview
from ledger.reviews import Stage
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.terms import Account, Status
from ledger.village import Village, VillageHousehold, VillageLoan, VillageOffice, VillageSociety
from tests.keys import KEYS

CODE = "SC001"
OPENED = date(2026, 1, 1)
POSTS = (("会计", "李会计"), ("出纳", "张出纳"), ("理事长", "王理事"), ("监事长", "赵监事"), ("监事", "钱监事"))


def phone(number: int) -> str:
    return f"199000{number:05}"


def village(
    code: str = CODE, *, homes: int = 6, contribution_fen: int = 20000, fiscal_fen: int = 20_000_000,
    loans: tuple[VillageLoan, ...] = (), opened: date = OPENED, **more: int,
) -> Village:
    """A village in which everybody has a phone and the five posts are held by people from outside the list.

    What is not lent stands in the bank; `more` are further amounts of sheet 期初余额 by their Chinese words.
    """
    society = VillageSociety(
        code, f"{code}村互助社", "云岭省", "云岭县", "河口镇", f"{code}村", date(2020, 1, 1), "", "0870-1", "0870-2",
        "0870-3", opened,
    )
    households = tuple(
        VillageHousehold(
            f"{code}-{n:03}", f"户主{n}", f"户主{n}", "男", "", phone(n), "脱贫户" if n % 3 == 0 else "一般户",
            date(2020, 2, 1), contribution_fen, 0, 0, f"第{(n + 4) // 5}组", n % 5 == 1,
        )
        for n in range(1, homes + 1)
    )
    offices = tuple(
        VillageOffice(name, phone(90000 + n), post, date(2024, 1, 1), None) for n, (post, name) in enumerate(POSTS, 1)
    )
    opening = dict.fromkeys(ACCOUNTS, 0)
    opening |= {"会员互助金": homes * contribution_fen, "政府拨入": fiscal_fen} | more
    lent = sum(one.principal_fen - one.repaid_principal_fen for one in loans)
    sources = sum(fen for word, fen in opening.items() if word not in ("库存现金", "银行存款"))
    opening["银行存款"] = sources - lent - opening["库存现金"]
    return Village(society, households, offices, opening, loans)


def old_loan(no: int, household: str, principal_fen: int, repaid_fen: int = 0) -> VillageLoan:
    return VillageLoan(
        no, household, principal_fen, date(2025, 10, 1), 10, "equal_principal", 5000, "养猪", repaid_fen, 0, "", ""
    )


def endorsed(code: str, loan: int, home: int, day: date) -> tuple[Endorsement, ...]:
    """Two of the group vouched, two officers turned their keys, all three signed."""
    vouched = [one for one in (1, 2, 3, 4, 5) if one != home][:2]
    told = [("consent", one, "") for one in vouched] + [("key", 7, "会计"), ("key", 9, "理事长")]
    told += [("signature", one, "") for one in (home, *vouched)]
    return tuple(Endorsement(code, loan, kind, person, "yes", 1, day, title) for kind, person, title in told)


@dataclass
class Scene:
    """The village in a store; the helpers book as handlers do, on a day of the test's choosing."""

    store: Store
    code: str = CODE
    number: int = 0

    def book(self, day: date, *drafts: Draft | None) -> tuple[int, ...]:
        return self.save(day, Act(entries=tuple(one for one in drafts if one is not None)))

    def save(self, day: date, act: Act) -> tuple[int, ...]:
        with self.store.write() as books:
            books.lock(self.code)
            return books.save(self.code, act, day, 0).entries

    def key(self) -> str:
        self.number += 1
        return f"test/{self.number}"

    def lend(self, home: int, amount_fen: int, day: date, plan: str = "equal_principal", months: int = 10) -> Loan:
        """A loan that is ready to be paid out, and its pay-out from the bank."""
        with self.store.read() as books:
            charter, number = books.charter(self.code), books.next_loan_no(self.code)
        ready = Loan(
            self.code, number, f"{self.code}-{home:03}", home, amount_fen, "养猪", months, plan, 5000, 1,
            Status.SIGNED, day,
        )
        said = endorsed(self.code, number, home, day)
        self.save(day, Act(said))
        self.save(day, lending.pay_out(ready, charter, day, Account.BANK, 0, f"户主{home}", (), said))
        with self.store.read() as books:
            paid = books.loan(self.code, number)
        assert paid is not None
        return paid

    def collect(self, loan: int, amount_fen: int | None, day: date, money: Account = Account.CASH) -> tuple[int, ...]:
        """A repayment; None pays the loan off."""
        with self.store.read() as books:
            charter, one = books.charter(self.code), books.loan(self.code, loan)
            rows = books.instalments(self.code, loan)
        assert one is not None
        paid = lending.payoff(one, rows, charter, day).total_fen if amount_fen is None else amount_fen
        taken = lending.take(one, rows, charter, paid, day)
        return self.save(day, lending.collect(one, taken, day, day, money, self.key(), 8, 0))

    def reverse(self, seq: int, day: date) -> None:
        with self.store.read() as books:
            draft = books.entry(self.code, seq)
            assert draft is not None
            loan = books.loan(self.code, draft.loan) if draft.loan else None
            payments = books.standing_payments(self.code, draft.loan) if loan else []
            act = lending.reverse(draft, seq, loan, payments, books.charter(self.code), day, "记错", 7)
        self.save(day, act)

    def totals(self) -> dict[str, int]:
        with self.store.read() as books:
            return books.totals(self.code)


def open_scene(url: str, told: Village | None = None) -> Scene:
    """A store with the village just opened."""
    store = Store(url, keys=KEYS)
    upgrade(store)
    told = told or village(loans=(old_loan(1, f"{CODE}-001", 500000, 100000),))
    take_over(store, told, 0)
    return Scene(store, told.society.code)


def lived_in(url: str) -> Scene:
    """About twenty entries of the usual kinds."""
    scene = open_scene(url)
    first = scene.lend(2, 300000, date(2026, 1, 5))
    scene.book(
        date(2026, 1, 6),
        journal.fund_in(Account.DONATION, 50000, date(2026, 1, 6), "张老板", scene.key(), 7),
        journal.move_cash(200000, date(2026, 1, 6), Account.CASH, Account.BANK, scene.key(), 8),
        journal.spend(5000, date(2026, 1, 6), Account.CASH, "打印纸", scene.key(), 7),
    )
    second = scene.lend(6, 200000, date(2026, 1, 7), "bullet", 3)
    scene.collect(1, 50000, date(2026, 1, 20))
    scene.collect(first.no, 31500, date(2026, 2, 5))
    seq = scene.collect(first.no, 10000, date(2026, 2, 6))[0]
    scene.reverse(seq, date(2026, 2, 6))
    scene.book(
        date(2026, 2, 10),
        journal.move_cash(40000, date(2026, 2, 10), Account.BANK, Account.CASH, scene.key(), 8),
        journal.cash_count(-100, date(2026, 2, 10), scene.key(), 8),
    )
    scene.collect(first.no, 60000, date(2026, 4, 20))
    scene.collect(second.no, None, date(2026, 4, 20), Account.BANK)
    scene.collect(1, None, date(2026, 4, 21), Account.BANK)
    return scene


def reviewed(scene: Scene) -> Scene:
    """What befalls loans besides payments: one extended, one struck by a flood and given more time, one given up."""
    late = scene.lend(3, 200000, date(2026, 4, 22), "bullet", 1)
    lost = scene.lend(4, 100000, date(2026, 4, 22), "bullet", 1)
    extend(scene, late, 2, date(2026, 5, 10))
    scene.book(date(2026, 5, 11), journal.entry("reserve", date(2026, 5, 11), (
        journal.Line(Account.FISCAL, 150000), journal.Line(Account.RISK_RESERVE, -150000)), scene.key(), 7))
    struck, over, told = date(2026, 8, 1), date(2026, 10, 1), date(2026, 8, 3)
    relief.declare(scene.store, scene.code, "洪水", struck, over, 6, "县发3号", told, 0)
    scene.collect(late.no, 50000, date(2026, 8, 20))
    relief.grant(scene.store, scene.code, 1, 3, "社决5号", date(2026, 8, 25), 0)
    give_up(scene, lost, date(2026, 12, 20))
    scene.collect(late.no, 20000, date(2027, 1, 5))
    return scene


def extend(scene: Scene, loan: Loan, months: int, day: date) -> None:
    """An extension whose notice has closed takes effect."""
    shown, review = _shown(scene, loan, "extension", months, day)
    with scene.store.read() as books:
        charter, rows = books.charter(scene.code), books.instalments(scene.code, loan.no)
        head = books.head(scene.code)[0]
    scene.save(day, extension.grant(review, loan, rows, charter, shown, day, head, (), f"户主{loan.person}"))


def give_up(scene: Scene, loan: Loan, day: date) -> None:
    """A filed write-off is booked against the reserves."""
    _, review = _shown(scene, loan, "write_off", 0, day)
    with scene.store.read() as books:
        charter, rows = books.charter(scene.code), books.instalments(scene.code, loan.no)
        head, totals = books.head(scene.code)[0], books.totals(scene.code)
    case = write_off.WriteOffCase(charter, day, loan, tuple(rows), "人没了", (), totals)
    filed = replace(review, stage=Stage.FILED, resolution="社决9号", filing="县备8号")
    scene.save(day, write_off.book(case, filed, head, 7, ()))


def _shown(scene: Scene, loan: Loan, kind: str, months: int, day: date) -> tuple[Disclosure, LoanReview]:
    asked, closes = day - timedelta(days=9), day - timedelta(days=1)
    with scene.store.read() as books:
        number, head = books.next_disclosure_no(scene.code), books.head(scene.code)
        left_fen = repayment.outstanding(books.instalments(scene.code, loan.no))
    review = LoanReview(
        scene.code, loan.no, kind, 1, Stage.DISCLOSED, months, left_fen, "猪没出栏", asked, loan.person,
        disclosed_on=closes - timedelta(days=2), closes_on=closes,
    )
    page = Disclosure(scene.code, number, kind, loan.no, closes - timedelta(days=2), closes, None, *head, {})
    scene.save(day, Act((page, review)))
    return page, review
