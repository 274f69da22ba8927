"""The villages the benchmarks talk to: founded as any other; members and cashiers follow the account."""

from __future__ import annotations

from datetime import date, timedelta

from bot.workbook.columns import ACCOUNTS
from ledger import charter, founding
from ledger.records import Act, Address, Person
from ledger.store.migrations import upgrade
from ledger.store.store import Store
from ledger.village import Village, VillageHousehold, VillageLoan, VillageOffice, VillageSociety

from .postgres import Postgres

HOMES, MONTHS, LOAN_FEN, BANK_FEN = 10, 10, 300_000, 100_000_000
NAMES = "春夏秋冬梅兰竹菊松柏杨柳桃李杏枝叶花草木林森江河湖海山石田土金银铜铁玉珠宝云雨风雪霜露雷电光明"


def code(number: int) -> str:
    """The code of the society with this number, from 0."""
    return f"BT{number:04}"


def member(number: int, home: int) -> str:
    """The openid of a household's member."""
    return f"oBench_member_{number:04}_{home:02}"


def cashier(number: int) -> str:
    """The openid of a society's cashier."""
    return f"oBench_cashier_{number:04}_00"


def name(home: int) -> str:
    return f"王{NAMES[home - 1]}"


def found(store: Store, societies: int, today: date, app_id: str) -> None:
    """So many societies, each with ten households that all have a loan paid out twenty days ago."""
    upgrade(store)
    body = charter.body_of("")
    for number in range(societies):
        village = _village(number, today)
        act, _ = founding.found(village, body)
        people = {one.name: one.no for one in act.records if isinstance(one, Person)}
        links = [
            Address("wechat", app_id, who, code(number), people[called], village.society.opened_on)
            for who, called in [(member(number, home), name(home)) for home in range(1, HOMES + 1)]
            + [(cashier(number), "出纳甲")]
        ]
        with store.write() as books:
            books.save(code(number), act + Act(tuple(links)), village.society.opened_on, 0)


def _village(number: int, today: date) -> Village:
    begun = today - timedelta(days=20)
    here = code(number)
    society = VillageSociety(here, f"试验{number}社", "省", "县", "乡", "村", begun, "", "1", "2", "3", begun)
    homes = tuple(
        VillageHousehold(f"{here}-{n:03}", name(n), name(n), "", "", _phone(number, n), "一般户", begun, 0, 0, 0,
                         f"第{(n - 1) // 5}组", n % 5 == 1)
        for n in range(1, HOMES + 1)
    )
    posts = tuple(
        VillageOffice(f"{title}甲", _phone(number, 90 + place), title, begun, None)
        for place, title in enumerate(("出纳", "会计", "理事长"))
    )
    loans = tuple(
        VillageLoan(n, f"{here}-{n:03}", LOAN_FEN, begun, MONTHS, "equal_principal", 5000, "养猪", 0, 0,
                    f"{here}-{_other(n, 1):03}", f"{here}-{_other(n, 2):03}")
        for n in range(1, HOMES + 1)
    )
    opening = dict.fromkeys(ACCOUNTS, 0) | {
        "银行存款": BANK_FEN, "政府拨入": BANK_FEN + LOAN_FEN * HOMES,
    }
    return Village(society, homes, posts, opening, loans)


def _other(home: int, step: int) -> int:
    """Another household of the same group of five."""
    first = (home - 1) // 5 * 5
    return first + (home - 1 - first + step) % 5 + 1


def _phone(number: int, place: int) -> str:
    return f"19{number:06}{place:03}"


def dsn(server: Postgres, database: str) -> str:
    """The same database for who speaks to it without us."""
    return f"host={server.directory} user=huzhu dbname={database}"
