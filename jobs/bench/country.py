"""The country of the speech of 2009, as books: 4,165 societies, 600,000 households and 92,000 open loans.

Every village is founded as any other is, from its rows, so that nothing of it is made up past the ordinary path. Its
totals are those of 2008-12-31: a fund of 8.18亿 (6.3 fiscal, 1.15 of the members, 0.73 other), 4.9亿 lent, 2.2亿
repaid, and 47 societies in Xinjiang that turned 845.7万 into 2,262万 of loans, 2.67 times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tqdm import tqdm

from bot.workbook.columns import ACCOUNTS
from ledger import charter, founding
from ledger.records import Act, Broadcast
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.village import Village, VillageHousehold, VillageLoan, VillageOffice, VillageSociety

SOCIETIES, HOUSEHOLDS, POOR, LOANS = 4_165, 600_000, 280_000, 92_000
DAY = date(2008, 12, 31)
MONTHS, TOGETHER = 6, 10
PROVINCES = (
    "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
    "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏",
)
XINJIANG = "新疆"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"


@dataclass(frozen=True)
class Part:
    """A part of the country: how much of everything it has, in whole numbers and fen."""

    societies: int
    households: int
    poor: int
    loans: int
    fiscal_fen: int
    member_fen: int
    other_fen: int
    lent_fen: int
    repaid_fen: int

    def of(self, number: int, name: str) -> int:
        """What the society with this number has of one thing, so that all of them have the whole of it."""
        whole = int(getattr(self, name))
        return whole * (number + 1) // self.societies - whole * number // self.societies

    def scaled(self, societies: int) -> Part:
        """The same in so many societies."""
        return Part(societies, *(
            value * societies // self.societies for name, value in vars(self).items() if name != "societies"))


WAN, YI = 10_000 * 100, 100_000_000 * 100
"""万元 and 亿元 in fen."""
IN_XINJIANG = Part(47, 6_768, 3_158, 4_230, 740 * WAN, 1_057 * WAN // 10, 0, 2_262 * WAN, 1_600 * WAN)
ELSEWHERE = Part(
    SOCIETIES - 47, HOUSEHOLDS - 6_768, POOR - 3_158, LOANS - 4_230, 63 * YI // 10 - 740 * WAN,
    115 * YI // 100 - 1_057 * WAN // 10, 73 * YI // 100, 49 * YI // 10 - 2_262 * WAN, 22 * YI // 10 - 1_600 * WAN,
)


def parts(societies: int) -> tuple[Part, Part]:
    """Xinjiang and the rest, for a country of so many societies."""
    here = max(1, 47 * societies // SOCIETIES)
    return IN_XINJIANG.scaled(here), ELSEWHERE.scaled(societies - here)


def found(store: Store, societies: int, *, broadcast: bool = False, shown: bool = True) -> None:
    """All of it into an empty database; with `broadcast` each village has an officer's words that wait to be made."""
    upgrade(store)
    body = charter.body_of("")
    waiting: list[tuple[str, Act]] = []
    for village in tqdm(villages(societies), total=societies, unit="society", disable=not shown):
        code = village.society.code
        act, _ = founding.found(village, body)
        if broadcast:
            act += Act((Broadcast(code, 1, "明天开社员大会", "all", "", 1, 0, "going", DAY, 0),))
        waiting.append((code, act))
        if len(waiting) == TOGETHER:
            _save(store, waiting)
    _save(store, waiting)


def _save(store: Store, waiting: list[tuple[str, Act]]) -> None:
    with store.write() as books:
        for code, act in waiting:
            books.save(code, act, DAY, 0)
    waiting.clear()


def villages(societies: int) -> Iterator[Village]:
    """One after the other, so that the country never stands in memory."""
    here, elsewhere = parts(societies)
    for number in range(here.societies):
        yield _village(here, number, number, XINJIANG)
    for number in range(elsewhere.societies):
        yield _village(elsewhere, number, here.societies + number, PROVINCES[number % len(PROVINCES)])


def _village(part: Part, number: int, overall: int, province: str) -> Village:
    code = f"N{overall:05}"
    county = f"{province}{number // 7 % 40}县"
    society = VillageSociety(code, f"{county}{number}社", province, county, f"{number % 5}乡", f"{number}村", DAY, "",
                             "1", "2", "3", DAY)
    homes, poor = part.of(number, "households"), part.of(number, "poor")
    posts = tuple(
        VillageOffice(f"{title}{number}", _phone(overall, 990 + place), title, DAY, None)
        for place, title in enumerate(("出纳", "会计", "理事长"))
    )
    lent_fen, repaid_fen = part.of(number, "lent_fen"), part.of(number, "repaid_fen")
    sources = {"会员互助金": part.of(number, "member_fen"), "政府拨入": part.of(number, "fiscal_fen"),
               "其他资金": part.of(number, "other_fen")}
    bank_fen = sum(sources.values()) - lent_fen + repaid_fen
    return Village(
        society, tuple(_homes(code, overall, homes, poor, sources["会员互助金"])), posts,
        dict.fromkeys(ACCOUNTS, 0) | sources | {"银行存款": bank_fen},
        tuple(_loans(code, overall, part.of(number, "loans"), lent_fen, repaid_fen)),
    )


def _homes(code: str, overall: int, count: int, poor: int, member_fen: int) -> Iterator[VillageHousehold]:
    for n in range(1, count + 1):
        name = f"{SURNAMES[n % len(SURNAMES)]}{n}"
        own_fen = member_fen * n // count - member_fen * (n - 1) // count
        yield VillageHousehold(
            f"{code}-{n:03}", name, name, "", "", _phone(overall, n), "贫困户" if n <= poor else "一般户", DAY,
            own_fen, 0, 0, f"第{(n - 1) // 5}组", n % 5 == 1)


def _loans(code: str, overall: int, count: int, lent_fen: int, repaid_fen: int) -> Iterator[VillageLoan]:
    """Open loans, paid out over the last months: each has its share of what was lent and of what was repaid."""
    for n in range(1, count + 1):
        fen = lent_fen * n // count - lent_fen * (n - 1) // count
        back_fen = repaid_fen * n // count - repaid_fen * (n - 1) // count
        first = (n - 1) // 5 * 5
        payers = [f"{code}-{first + 1 + (n - 1 - first + step) % 5:03}" for step in (1, 2)]
        # Two in a hundred are late: the speech says that more than 98 of a hundred are repaid when due.
        days = 150 if n % 50 == 0 else (overall + 7 * n) % 59 + 1
        yield VillageLoan(
            n, f"{code}-{n:03}", fen, DAY - timedelta(days=days), MONTHS, "equal_principal", 5000, "养殖", back_fen, 0,
            *payers)


def _phone(overall: int, place: int) -> str:
    return f"13{overall:05}{place:04}"
