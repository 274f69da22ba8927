"""The sheets and columns of a village workbook as one table (contract.md section 5), for reading and for writing.

What a column is called, which field it fills, whether it must be filled and what kind of value it holds stands only
here, so that both directions cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.reviews import EXTENSION, FREEZE, RELIEF
from ledger.terms import CATEGORIES, PLAN_WORDS, TITLES
from ledger.village import VillageExtension, VillageHousehold, VillageLoan, VillageOffice, VillageSociety

SOCIETY, HOUSEHOLDS, OFFICES, OPENING, LOANS = "互助社", "农户", "职务", "期初余额", "借款"
JOURNAL = "凭证"
EXTENSIONS = "展期"
OPTIONAL = frozenset({EXTENSIONS})
"""Sheets that are there only where there is something to tell; nobody has to make them."""
DEFAULT_CHARTER = "示范章程"

ASSETS = ("库存现金", "银行存款")
CONTRIBUTIONS, FISCAL, RETAINED = "会员互助金", "政府拨入", "累计结余"
SOURCES = (CONTRIBUTIONS, FISCAL, "社会捐赠", "其他资金", "风险准备金", "公积金", "公益金", RETAINED)
ACCOUNTS = ASSETS + SOURCES


MORE_TIME = {"展期": EXTENSION, "灾后延期": RELIEF, "灾害停计": FREEZE}
"""What befell a loan by the words of sheet 展期; empty is 展期."""


class Kind(StrEnum):
    """What a cell of a column holds; `values.py` has one reader for each."""

    TEXT = "text"  # free text, kept as written
    LABEL = "label"  # text that is compared with other text: full width and half width are the same
    CODE = "code"
    CHOICE = "choice"
    TICK = "tick"
    DATE = "date"
    AMOUNT = "amount"
    SIGNED = "signed"  # an amount that may be negative; which row may is checked later
    NUMBER = "number"
    RATE = "rate"
    MOBILE = "mobile"
    PHONE = "phone"
    ID_CARD = "id_card"


@dataclass(frozen=True)
class Column:
    """One column: its header, the field (`name`) it fills, and what may stand in it. `wide` is only for the eye."""

    header: str
    name: str
    kind: Kind
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False


@dataclass(frozen=True)
class Balance:
    """One row of sheet 期初余额; the village itself keeps them as one mapping."""

    account: str
    amount_fen: int


def _same(words: tuple[str, ...]) -> dict[str, str]:
    return {word: word for word in words}


Record = (
    type[VillageSociety] | type[VillageHousehold] | type[VillageOffice] | type[VillageLoan] | type[VillageExtension]
    | type[Balance]
)

RECORDS: dict[str, Record] = {
    SOCIETY: VillageSociety,
    HOUSEHOLDS: VillageHousehold,
    OFFICES: VillageOffice,
    OPENING: Balance,
    LOANS: VillageLoan,
    EXTENSIONS: VillageExtension,
}

COLUMNS: dict[str, tuple[Column, ...]] = {
    SOCIETY: (
        Column("代码", "code", Kind.CODE, required=True),
        Column("名称", "name", Kind.TEXT, required=True, wide=True),
        Column("省", "province", Kind.LABEL, required=True),
        Column("县", "county", Kind.LABEL, required=True),
        Column("乡镇", "township", Kind.LABEL, required=True),
        Column("村", "village", Kind.LABEL, required=True),
        Column("成立日期", "founded_on", Kind.DATE, required=True),
        Column("章程", "charter", Kind.LABEL),
        Column("村监督电话", "village_phone", Kind.PHONE),
        Column("乡监督电话", "township_phone", Kind.PHONE),
        Column("县监督电话", "county_phone", Kind.PHONE),
        Column("期初日期", "opened_on", Kind.DATE, required=True),
    ),
    HOUSEHOLDS: (
        Column("户号", "no", Kind.CODE, required=True),
        Column("户主", "head", Kind.TEXT, required=True),
        Column("社员", "member", Kind.TEXT, required=True),
        Column("性别", "sex", Kind.CHOICE, choices=_same(("男", "女"))),
        Column("身份证号", "id_card", Kind.ID_CARD, wide=True),
        Column("手机号", "phone", Kind.MOBILE),
        Column("类别", "category", Kind.CHOICE, required=True, choices=_same(CATEGORIES)),
        Column("入社日期", "joined_on", Kind.DATE, required=True),
        Column("互助金", "contribution_fen", Kind.AMOUNT, required=True),
        Column("赠股", "gifted_fen", Kind.AMOUNT),
        Column("配股", "matched_fen", Kind.AMOUNT),
        Column("小组", "group", Kind.LABEL),
        Column("组长", "leader", Kind.TICK),
    ),
    OFFICES: (
        Column("姓名", "name", Kind.TEXT, required=True),
        Column("手机号", "phone", Kind.MOBILE, required=True),
        Column("职务", "office", Kind.CHOICE, required=True, choices=_same(tuple(TITLES))),
        Column("任期起", "since", Kind.DATE, required=True),
        Column("任期止", "until", Kind.DATE),
    ),
    OPENING: (
        Column("科目", "account", Kind.CHOICE, required=True, choices=_same(ACCOUNTS)),
        Column("金额", "amount_fen", Kind.SIGNED, required=True),
    ),
    LOANS: (
        Column("编号", "no", Kind.NUMBER, required=True),
        Column("户号", "household", Kind.CODE, required=True),
        Column("本金", "principal_fen", Kind.AMOUNT, required=True),
        Column("放款日", "paid_out_on", Kind.DATE, required=True),
        Column("期数", "months", Kind.NUMBER, required=True),
        Column(
            "还款方式",
            "plan",
            Kind.CHOICE,
            required=True,
            choices={word: str(plan) for plan, word in PLAN_WORDS.items()},
        ),
        Column("月费率", "fee_ppm_month", Kind.RATE, required=True),
        Column("用途", "purpose", Kind.TEXT, wide=True),
        Column("已还本金", "repaid_principal_fen", Kind.AMOUNT),
        Column("已还占用费", "repaid_fee_fen", Kind.AMOUNT),
        Column("代偿人一", "payer_one", Kind.CODE),
        Column("代偿人二", "payer_two", Kind.CODE),
    ),
    EXTENSIONS: (
        Column("编号", "no", Kind.NUMBER, required=True),
        Column("展期日期", "on", Kind.DATE, required=True),
        Column("展期月数", "months", Kind.NUMBER),
        Column("公示到", "shown_until", Kind.DATE),
        Column("当时已还本金", "repaid_principal_fen", Kind.AMOUNT, required=True),
        Column("当时已还占用费", "repaid_fee_fen", Kind.AMOUNT, required=True),
        Column("类型", "kind", Kind.CHOICE, choices=MORE_TIME),
        Column("停计起", "since", Kind.DATE),
        Column("停计止", "until", Kind.DATE),
    ),
}
