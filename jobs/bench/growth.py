"""Does what a villager waits for grow with history? The same turns in a society of 1,000 and one of 1,000,000 entries.

The long history is written past the ordinary path, but row for row as `Books.save` writes it: `verify` accepts it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from bot import texts
from bot.channels.base import Message
from bot.clock import Clock
from bot.turn import Turns
from bot.workbook.columns import ACCOUNTS
from ledger import charter, codes, founding, journal, loan_proof, replay, schedule
from ledger.records import Loan
from ledger.store.books import Books
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.sealing import passing_keys
from ledger.store.statements import Statements
from ledger.store.store import Store
from ledger.store.verify import verify
from ledger.terms import Status
from ledger.village import Village, VillageHousehold, VillageOffice, VillageSociety

from . import Result, Setting
from .scene import NAMES

CODE, HOMES, SMALL, LIMIT = "BG001", 45, 1_000, 1.2
BEGIN, PER_DAY, BATCH, MONTHS, EACH_FEN = date(1996, 1, 1), 100, 20_000, 10, 30_000
Act = Callable[[], object]
CASHIER, SECRET = "19900099999", b"only for the bench"


def run(setting: Setting) -> Result:
    """Medians of the same turns in a short and in a long history, taken in turn, and their ratios."""
    folder, size = setting.folder, setting.size
    acts: dict[str, dict[str, Act]] = {}
    spent: dict[str, float] = {}
    for name, entries in (("small", SMALL), ("large", max(size, SMALL))):
        store = Store(f"sqlite:///{folder / name}.db", 60, keys=passing_keys())
        begun = time.perf_counter()
        last = fill(store, entries)
        spent[f"{name}_fill_s"] = round(time.perf_counter() - begun, 1)
        begun = time.perf_counter()
        with store.read() as books:
            proved = verify(books, CODE)
        spent[f"{name}_verify_s"] = round(time.perf_counter() - begun, 1)
        if proved.fault:
            return Result({"fault": proved.fault}, False, [f"the bench's own books are wrong: {proved.fault}"])
        acts[name] = waited_for(store, last)
    found = {name: _medians(acts["small"][name], acts["large"][name], setting.rounds) for name in acts["small"]}
    ratios = {name: round(large / small, 3) for name, (small, large) in found.items()}
    lines = [
        f"{name:24} {found[name][0] * 1000:8.3f} ms {found[name][1] * 1000:8.3f} ms  ratio {ratio:.3f}"
        for name, ratio in ratios.items()
    ]
    figures = {"entries": size, "seconds": found, "ratios": ratios, "limit": LIMIT, **spent}
    told = " ".join(f"{name}={value}" for name, value in spent.items())
    return Result(figures, setting.quick or max(ratios.values()) <= LIMIT, [*lines, told])


def waited_for(store: Store, day: date) -> dict[str, Act]:
    """What people wait for, by name."""
    clock = Clock(demo=True)
    with store.write() as books:
        clock.set_today(Mailbox(books.connection), day)
    turns, numbers = Turns(store, clock, SECRET), iter(range(10**9))

    def say(who: str, text: str) -> str:
        reply = turns.take(Message("sms", "bench", who, str(next(numbers)), text, "text", text)).text
        if not reply or reply == texts.fill("apology", {}):
            raise RuntimeError(f"the bench's own message failed: {text}")
        return reply

    def collect() -> None:
        asked = say(CASHIER, f"收 王{NAMES[6]} 1")
        code = "".join(sign for sign in asked.rpartition("验证码")[2] if sign.isdigit())[:6]
        if "已入账" not in say(CASHIER, code):
            raise RuntimeError(f"the bench's repayment was not booked: {asked}")

    def turnover() -> None:
        with store.read() as books:
            Statements(books, CODE, day).flows(day - timedelta(days=5), day)

    def totals() -> None:
        with store.read() as books:
            Statements(books, CODE, day).totals(day - timedelta(days=3))

    return {
        "balance 余额": lambda: say(phone(7), "余额"),
        "statement 明细": lambda: say(phone(7), "明细"),
        "turn 收 and code": collect,
        "turn 借 to its echo": lambda: say(phone(9), "借3000买化肥10个月"),
        "balances on a day": totals,
        "five days' turnover": turnover,
    }


def _medians(small: Act, large: Act, rounds: int) -> tuple[float, float]:
    """Seconds of each, one after the other in every round, so that a busy machine slows both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 10):
        for act, kept in zip((small, large), times, strict=True):
            begun = time.perf_counter()
            act()
            if number >= 10:
                kept.append(time.perf_counter() - begun)
    return statistics.median(times[0]), statistics.median(times[1])


def phone(home: int) -> str:
    return f"199{home:08}"


def fill(store: Store, entries: int) -> date:
    """A society whose journal has about so many entries, its last loans still open; the day its history ends."""
    upgrade(store)
    act, _ = founding.found(_village(), charter.body_of(""))
    with store.write() as books:
        books.save(CODE, act, BEGIN, 0)
    loans = max(HOMES, entries // (MONTHS + 1))
    day = BEGIN
    with store.write() as books:
        if store.sqlite:
            books.connection.exec_driver_sql("PRAGMA cache_size = -200000")
        book = _Bulk(books)
        for number in range(1, loans + 1):
            day = book.loan(number, open_=number > loans - HOMES)
        book.flush()
    return day


class _Bulk:
    """Whole loans as plain rows, balances and seals as Books.save makes them."""

    def __init__(self, books: Books) -> None:
        self.cursor = books.connection.connection.cursor()
        self.seq, self.previous = books.head(CODE)
        totals = books.totals(CODE)
        self.totals = {str(account): totals[account] for account in totals}
        self.rules = charter.from_body(charter.body_of(""))
        self.rows: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in ("loan", "loan_instalment", "posting", "entry", "allocation")
        }

    def loan(self, number: int, *, open_: bool) -> date:
        """One loan: paid out and repaid month by month, all of it or half."""
        home, amount = (number - 1) % HOMES + 1, EACH_FEN * MONTHS
        household, begun = f"{CODE}-{home:03}", self._day()
        plan = schedule.make(amount, MONTHS, 5000, "equal_principal", begun, 0)
        paid = MONTHS // 2 if open_ else MONTHS
        out = (("loans", str(number), amount), ("bank", "", -amount))
        self._entry("pay_out", f"pay_out/{number}", number, out, (), amount, self._terms(number, household, begun))
        left, day, days = amount, begun, dict[int, date]()
        for row in plan[:paid]:
            day = days[row.n] = self._day()
            left -= row.principal_fen
            lines = (("bank", "", row.principal_fen + row.fee_fen), ("loans", str(number), -row.principal_fen),
                     ("fee_income", "", -row.fee_fen))
            part = (number, row.n, row.principal_fen, row.fee_fen, 0, str(day))
            self._entry("repayment", f"r/{number}/{row.n}", number, lines, (part,), left)
        for row in plan:
            done = row.n <= paid
            self.rows["loan_instalment"].append((
                CODE, number, row.n, str(row.due_on), row.principal_fen, row.fee_fen,
                row.principal_fen if done else 0, row.fee_fen if done else 0, 0, 0, str(days[row.n]) if done else None,
            ))
        self.rows["loan"].append((
            CODE, number, household, home, amount, "养猪", MONTHS, "equal_principal", 5000, 1,
            "paid_out" if open_ else "settled", str(begun), str(begun), None if open_ else str(day), 1, 0,
        ))
        if len(self.rows["entry"]) >= BATCH:
            self.flush()
        return day

    def _terms(self, number: int, household: str, begun: date) -> dict[str, Any]:
        """The terms as a pay-out seals them."""
        loan = Loan(CODE, number, household, 1, EACH_FEN * MONTHS, "养猪", MONTHS, "equal_principal", 5000, 1,
                    Status.PAID_OUT, begun, paid_out_on=begun)
        return loan_proof.terms(loan, self.rules, replay.planned(loan, self.rules, begun))

    def _day(self) -> date:
        return BEGIN + timedelta(days=self.seq // PER_DAY)

    def _entry(
        self, kind: str, key: str, loan: int, lines: tuple[tuple[str, str, int], ...],
        parts: tuple[tuple[Any, ...], ...], left: int, terms: Mapping[str, Any] = journal.NOTHING,
    ) -> None:
        self.seq += 1
        sealed = []
        for number, (account, sub, fen) in enumerate(lines, 1):
            self.totals[account] += fen
            balance = left if account == "loans" else self.totals[account]
            sealed.append([account, sub, fen, balance, self.totals[account]])
            self.rows["posting"].append((CODE, self.seq, number, account, sub, fen, balance, self.totals[account]))
        on, facts = str(BEGIN + timedelta(days=(self.seq - 1) // PER_DAY)), journal.canonical(terms)
        self.previous = journal.seal(self.previous, {
            "society": CODE, "seq": self.seq, "kind": kind, "on": on, "booked_on": on, "memo": "", "loan": loan,
            "reverses": 0, "by": 1, "key": key, "lines": sealed, "parts": parts,
            "facts": facts,
        })
        receipt = codes.receipt(self.previous)
        self.rows["entry"].append((CODE, self.seq, kind, on, on, "", loan, 0, 1, key, self.previous, receipt,
                                   facts))
        self.rows["allocation"] += [(CODE, self.seq, *part) for part in parts]

    def flush(self) -> None:
        for name, columns in COLUMNS.items():
            if self.rows[name]:
                marks = ", ".join("?" * len(columns.split(", ")))
                self.cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", self.rows[name])  # noqa: S608
                self.rows[name] = []


COLUMNS = {
    "loan": "society, no, household, person, amount_fen, purpose, months, plan, fee_ppm_month, charter_version, status,"
    " applied_on, paid_out_on, ended_on, version, imported",
    "loan_instalment": "society, loan, n, due_on, principal_fen, fee_fen, paid_principal_fen, paid_fee_fen, charge_fen,"
    " charge_paid_fen, paid_on",
    "posting": "society, seq, line, account, sub, amount_fen, balance_fen, total_fen",
    "entry": 'society, seq, kind, "on", booked_on, memo, loan, reverses, "by", key, hash, code, facts',
    "allocation": "society, seq, loan, n, principal_fen, fee_fen, charge_fen, paid_on",
}


def _village() -> Village:
    society = VillageSociety(CODE, "试验互助社", "省", "县", "乡", "村", BEGIN, "", "1", "2", "3", BEGIN)
    homes = tuple(
        VillageHousehold(f"{CODE}-{n:03}", _name(n), _name(n), "", "", phone(n), "一般户", BEGIN, 0, 0, 0,
                         f"第{n // 5}组", n % 5 == 0)
        for n in range(1, HOMES + 1)
    )
    posts = tuple(_posts())
    money = 1_000 * EACH_FEN * MONTHS
    return Village(society, homes, posts, dict.fromkeys(ACCOUNTS, 0) | {"银行存款": money, "政府拨入": money}, ())


def _posts() -> Iterator[VillageOffice]:
    numbers: Iterable[tuple[str, str]] = (("出纳", CASHIER), ("会计", "19900099998"), ("理事长", "19900099997"))
    for title, number in numbers:
        yield VillageOffice(f"{title}甲", number, title, BEGIN, None)



def _name(home: int) -> str:
    return f"王{NAMES[home - 1]}"
