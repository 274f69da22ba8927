"""A year of a society of sixty households, told by what its people send: the script of `test_year.py`.

Nobody here touches the books: every step is a message of one person on their own phone, answered and confirmed the
way a person would. What somebody has to pay is read from the books, as one reads it from the own notebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.workbook.columns import ACCOUNTS
from ledger import charter as charters
from ledger import founding, lending, repayment
from ledger.money import spoken
from ledger.records import Loan
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.terms import Account, Status
from ledger.village import Village as Told
from ledger.village import VillageOffice, VillageSociety
from tests.village import Village, Watch

CODE = "QS001"
FOUNDED = date(2026, 1, 5)
PLAN_WORDS = ("等额本金", "等额本息", "等本等费", "整借整还")
FAMILIES = "赵钱孙李周吴郑王冯陈褚卫"
GIVEN = ("大海", "小梅", "长福", "秀英", "建国")
NUMBERS = "一二三四五六七八九"
POSTS = (
    ("理事长", "何理事"), ("会计", "吕会计"), ("出纳", "施出纳"), ("监事长", "张监事"), ("监事", "孔监事"),
    ("乡镇", "曹乡长"), ("县主管", "严科长"),
)


def group_name(number: int) -> str:
    """第一组 to 第十二组."""
    return f"第{NUMBERS[number] if number < 9 else '十' + (NUMBERS[number - 10] if number > 9 else '')}组"


@dataclass(frozen=True)
class Home:
    """One household to be: whose phone it is, what kind it is, the group it joins and its place there."""

    place: int
    name: str
    phone: str
    category: str

    @property
    def group(self) -> int:
        return self.place // len(GIVEN)


def homes() -> list[Home]:
    """Sixty, five a group, each third one poor; the first of a group leads it."""
    return [
        Home(place, FAMILIES[place // 5] + GIVEN[place % 5], f"1990000{1000 + place}",
             "脱贫户" if place % 3 == 2 else "一般户")
        for place in range(len(FAMILIES) * len(GIVEN))
    ]


def founded(store: Store) -> None:
    """The society on its first day: a charter, officers, empty books and no member yet."""
    society = VillageSociety(
        CODE, "青山村互助社", "云岭省", "云岭县", "河口镇", "青山村", FOUNDED, "", "0870-1", "0870-2", "0870-3", FOUNDED
    )
    offices = tuple(
        VillageOffice(name, f"1990009{1000 + place}", post, FOUNDED, None) for place, (post, name) in enumerate(POSTS)
    )
    act, _ = founding.found(Told(society, (), offices, dict.fromkeys(ACCOUNTS, 0), ()), charters.body_of(""))
    upgrade(store)
    with store.write() as books:
        books.save(CODE, act, FOUNDED, 0)
        Watch(True).set_today(Mailbox(books.connection), FOUNDED)


def expect(words: str, answer: str) -> None:
    """What a person looks for in an answer, and what the answer was where it is not there."""
    assert words in answer, f"no {words} in: {answer}"


@dataclass
class Habit:
    """How a borrower pays: so many days after each due day (before it, where below zero), or never."""

    days: int = 0
    never: bool = False


@dataclass
class Year:
    """The society with its people; each method is one errand, said to the last confirmation."""

    village: Village
    today: date = FOUNDED
    people: list[Home] = field(default_factory=homes)
    loans: dict[int, Home] = field(default_factory=dict)
    habits: dict[int, Habit] = field(default_factory=dict)

    def begin(self, day: date) -> dict[str, int]:
        """A day begins: what it owes is done, and the night's proof counts its faults."""
        self.today = day
        return self.village.day(day)

    def tail(self, home: Home) -> str:
        """The last three digits of a household's 户号."""
        with self.village.store.read() as books:
            return books.members_named(CODE, home.name)[0][0].no.rpartition("-")[2]

    def payers(self, home: Home) -> list[Home]:
        """Who stands beside the borrowers of this group: its third and fourth household."""
        first = home.group * len(GIVEN)
        return self.people[first + 2 : first + 4]

    # What anybody says.

    def say(self, who: str, text: str) -> str:
        return self.village.take(who, text).text

    def code(self, who: str) -> str:
        """The newest code on this person's phone, once all that waits has been delivered."""
        self.village.deliver()
        return self.village.code(who)

    def ask(self, who: str, text: str) -> str:
        """Said and confirmed with 1; gives the last answer."""
        assert "回1确认" in self.say(who, text), text
        return self.say(who, "1")

    def seal(self, who: str, text: str) -> str:
        """Said and confirmed with the code that came back; gives the last answer."""
        answer = self.say(who, text)
        assert "验证码" in answer, f"{text}: {answer}"
        return self.say(who, self.code(who))

    # Errands of the officers.

    def money_from_above(self, yuan: int, text: str) -> None:
        expect("已入账", self.seal("会计", f"入账 财政 {yuan} {text}"))

    def join(self, home: Home) -> None:
        """The treasurer reports, a supervisor agrees, the cashier takes the share; a poor household pays nothing."""
        own = 0 if home.category == "脱贫户" else 200
        item = self.item(self.ask("会计", f"入社 {home.name} {home.phone} {home.category} {own}"))
        expect("已复核", self.seal("监事长", f"复核 {item}"))
        if own:
            expect("今天起是社员", self.seal("出纳", f"入社费 {item}"))

    def gather(self, group: list[Home]) -> None:
        """A group forms: proposed by the board, agreed to by each household."""
        names = " ".join(home.name for home in group[1:])
        item = self.item(self.ask("理事长", f"组建 {group_name(group[0].group)} 组长{group[0].name} {names}"))
        for home in group:
            answer = self.say(home.phone, f"同意入组 {item}")
        assert "办成了" in answer, answer

    @staticmethod
    def item(answer: str) -> int:
        """第7件 is 7."""
        return int(answer.partition("第")[2].partition("件")[0])

    # A loan on its way.

    def apply(self, home: Home, yuan: int, months: int, plan: str, habit: Habit) -> None:
        """Applied for, vouched for by two of the group, approved by two officers: now it is disclosed."""
        answer = self.ask(home.phone, f"借{yuan}买化肥{months}个月{plan}")
        assert answer.startswith("已申请："), answer
        number = int(answer.removeprefix("已申请：").partition("号")[0])
        self.loans[number], self.habits[number] = home, habit
        for payer in self.payers(home):
            expect("同意", self.say(payer.phone, f"同意联保 {number}"))
        for officer in ("会计", "理事长"):
            expect("已批", self.say(officer, f"批 {number} {self.code(officer)}"))

    def sign_and_pay(self) -> None:
        """Whatever has been disclosed long enough: three signatures, the money, and the borrower has it."""
        with self.village.store.read() as books:
            cleared = books.loans_in(CODE, [Status.CLEARED])
        for loan in cleared:
            home = self.loans[loan.no]
            for one in (home, *self.payers(home)):
                expect("已签字", self.seal(one.phone, f"签 {loan.no}"))
            expect("已放款", self.seal("出纳", f"放款 {loan.no}"))
            expect("已记下", self.say(home.phone, f"收到 {loan.no}"))

    # Money back.

    def open_loans(self) -> Iterator[tuple[Loan, int, date]]:
        """Loans out, what is due by now, and the day the oldest open instalment falls or fell due."""
        with self.village.store.read() as books:
            charter, loans = books.charter(CODE), books.loans_in(CODE, [Status.PAID_OUT])
            rows = books.instalments_of(CODE, [loan.no for loan in loans])
        for loan in loans:
            coming = next((row for row in rows[loan.no] if repayment.open_total(row)), None)
            due = lending.due_fen(loan, rows[loan.no], charter, self.today)
            if coming is not None:
                yield loan, due or repayment.open_total(coming), coming.due_on

    def collect_due(self) -> int:
        """The cashier's round of the day: whoever pays today, in one message of up to five lines."""
        lines = [
            f"{self.loans[loan.no].name} {spoken(fen).removesuffix('元')}"
            for loan, fen, due_on in self.open_loans()
            if not self.habits[loan.no].never and self.today >= due_on + timedelta(days=self.habits[loan.no].days)
        ]
        for start in range(0, len(lines), 5):
            expect("已入账", self.seal("出纳", "收 " + " ".join(lines[start : start + 5])))
        return len(lines)

    def bank(self) -> None:
        """What lies in the box goes to the bank the same day."""
        with self.village.store.read() as books:
            cash = books.totals(CODE)[Account.CASH]
        if cash:
            expect("存", self.seal("出纳", f"存银行 {spoken(cash).removesuffix('元')}"))

    # Rarer fates.

    def pay_off(self, number: int) -> None:
        """The borrower asks what settles it, and brings exactly that."""
        home = self.loans[number]
        expect("结清要", self.say(home.phone, "结清要多少"))
        expect("已入账", self.seal("出纳", f"收 {home.name} 全"))

    def ask_more_time(self, number: int, months: int) -> None:
        home = self.loans[number]
        expect("已申请", self.ask(home.phone, f"展期 {number} {months}个月 猪没出栏"))
        for payer in self.payers(home):
            expect("继续当代偿人", self.say(payer.phone, f"同意联保 {number}"))
        for officer in ("会计", "理事长"):
            expect("已批", self.say(officer, f"批 {number} {self.code(officer)}"))

    def died(self, number: int, heir: Home) -> None:
        """The heir stands for the household from now on; loan and money stay as they are."""
        home = self.loans[number]
        item = self.item(self.ask("会计", f"换人 {self.tail(home)} {heir.name} {heir.phone} 身故"))
        expect("办事", self.seal("监事长", f"复核 {item}"))
        self.loans[number] = self.people[home.place] = heir

    def begin_write_off(self, number: int) -> None:
        """Board and supervisors agree, the assembly resolves, the notice opens."""
        expect("已开始核销", self.seal("会计", f"核销 {number} 外出多年找不到"))
        for officer in ("会计", "理事长", "监事长"):
            expect("批", self.say(officer, f"批 {number} {self.code(officer)}"))
        expect("已记下决议", self.ask("理事长", f"核销决议 {number} 社决3"))

    def finish_write_off(self, number: int) -> None:
        expect("已备案", self.ask("县主管", f"核销备案 {number} 云备7"))
        expect("已核销", self.seal("会计", f"核销 {number}"))

    def recover(self, number: int, yuan: str) -> None:
        expect("已入账", self.seal("出纳", f"收 {self.loans[number].name} {yuan}"))

    def close_month(self) -> None:
        expect("已结", self.seal("会计", "结账"))
