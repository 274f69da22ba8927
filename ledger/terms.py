"""The vocabulary of the society: every enum of the core, each value with the Chinese word people use for it.

Code says the English name, texts and workbooks the Chinese one; nothing else translates (architecture.md, Words).
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who may do what (contract.md section 4, Roles). Every village officer is also a member."""

    MEMBER = "member"
    DIRECTOR = "director"
    CHAIR = "chair"
    TREASURER = "treasurer"
    CASHIER = "cashier"
    SUPERVISOR = "supervisor"
    TOWNSHIP = "township"
    COUNTY = "county"
    FINANCE = "finance"
    PROVINCE = "province"
    NATION = "nation"


TITLES: dict[str, Role] = {
    "理事长": Role.CHAIR,
    "理事": Role.DIRECTOR,
    "会计": Role.TREASURER,
    "出纳": Role.CASHIER,
    "监事长": Role.SUPERVISOR,
    "监事": Role.SUPERVISOR,
    "乡镇": Role.TOWNSHIP,
    "县主管": Role.COUNTY,
    "财政": Role.FINANCE,
    "省主管": Role.PROVINCE,
    "国家主管": Role.NATION,
}

VILLAGE_ROLES = frozenset({Role.CHAIR, Role.DIRECTOR, Role.TREASURER, Role.CASHIER, Role.SUPERVISOR})
OUTSIDE_ROLES = frozenset({Role.TOWNSHIP, Role.COUNTY, Role.FINANCE, Role.PROVINCE, Role.NATION})

ROLE_WORDS: dict[Role, str] = {
    Role.MEMBER: "社员",
    Role.DIRECTOR: "理事",
    Role.CHAIR: "理事长",
    Role.TREASURER: "会计",
    Role.CASHIER: "出纳",
    Role.SUPERVISOR: "监事",
    Role.TOWNSHIP: "乡镇",
    Role.COUNTY: "县主管部门",
    Role.FINANCE: "财政",
    Role.PROVINCE: "省主管部门",
    Role.NATION: "国家主管部门",
}

CATEGORIES = ("贫困户", "脱贫户", "监测户", "低收入户", "一般户")
PAIRED = "结对"
"""The title under which the cadre beside a poor household was asked for consent (S03, 1+1)."""
POOR_CATEGORIES = frozenset({"贫困户", "脱贫户", "监测户"})
"""Counted as `households_poor` (contract.md section 6); they are the priority households of S11."""


class Plan(StrEnum):
    """How a loan is repaid; the names of `huzhu schedule`."""

    EQUAL_PRINCIPAL = "equal_principal"
    EQUAL_PAYMENT = "equal_payment"
    FLAT = "flat"
    BULLET = "bullet"


PLAN_WORDS: dict[str, str] = {
    Plan.EQUAL_PRINCIPAL: "等额本金",
    Plan.EQUAL_PAYMENT: "等额本息",
    Plan.FLAT: "等本等费",
    Plan.BULLET: "整借整还",
}


class Status(StrEnum):
    """Where a loan stands. Overdue and extended are computed, never statuses."""

    DRAFTED = "drafted"  # written down for one without a phone; the second half of the paper is missing
    APPLIED = "applied"  # the group is asked
    VOUCHED = "vouched"  # two substitute payers stand; the two keys are asked
    DISCLOSED = "disclosed"  # approved; the notice is open
    CLEARED = "cleared"  # the notice has closed; signatures are asked
    SIGNED = "signed"  # may be paid out
    PAID_OUT = "paid_out"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    LAPSED = "lapsed"  # too few of the group vouched


STATUS_WORDS: dict[str, str] = {
    Status.DRAFTED: "等代签",
    Status.APPLIED: "等小组联保",
    Status.VOUCHED: "等审批",
    Status.DISCLOSED: "公示中",
    Status.CLEARED: "等签字",
    Status.SIGNED: "等放款",
    Status.PAID_OUT: "还款中",
    Status.SETTLED: "已结清",
    Status.WRITTEN_OFF: "已核销",
    Status.WITHDRAWN: "已撤回",
    Status.REJECTED: "未批准",
    Status.LAPSED: "联保未成",
}

ASKING = frozenset({Status.APPLIED, Status.VOUCHED, Status.DISCLOSED, Status.CLEARED, Status.SIGNED})
"""An application on its way: neither paid out nor ended."""


class Account(StrEnum):
    """The chart of accounts (rules.md section 8). Assets and costs are debit (+), the rest credit (−)."""

    CASH = "cash"
    BANK = "bank"
    LOANS = "loans"
    CONTRIBUTION = "contribution"
    FISCAL = "fiscal"
    DONATION = "donation"
    OTHER = "other"
    CREDIT = "credit"  # paid beyond a loan, refundable to the household
    SUBSIDY = "subsidy"  # given to pay a share of poor members' fees
    RISK_RESERVE = "risk_reserve"
    ACCUMULATION_FUND = "accumulation_fund"
    WELFARE_FUND = "welfare_fund"
    RETAINED = "retained"
    FEE_INCOME = "fee_income"
    CHARGE_INCOME = "charge_income"
    BANK_INTEREST = "bank_interest"
    SUBSIDY_INCOME = "subsidy_income"
    RUNNING_COSTS = "running_costs"
    CASH_DIFFERENCE = "cash_difference"
    CUSTODY = "custody"  # what is left of a society that has ended, until it is handed over
    RISK_POOL = "risk_pool"  # a province's risk fund, in its own books


ACCOUNT_WORDS: dict[str, str] = {
    Account.CASH: "库存现金",
    Account.BANK: "银行存款",
    Account.LOANS: "借出互助金",
    Account.CONTRIBUTION: "会员互助金",
    Account.FISCAL: "政府拨入",
    Account.DONATION: "社会捐赠",
    Account.OTHER: "其他资金",
    Account.CREDIT: "多收待退",
    Account.SUBSIDY: "贴息",
    Account.RISK_RESERVE: "风险准备金",
    Account.ACCUMULATION_FUND: "公积金",
    Account.WELFARE_FUND: "公益金",
    Account.RETAINED: "累计结余",
    Account.FEE_INCOME: "占用费收入",
    Account.CHARGE_INCOME: "逾期占用费收入",
    Account.BANK_INTEREST: "银行利息收入",
    Account.SUBSIDY_INCOME: "政府补助收入",
    Account.RUNNING_COSTS: "运行费用",
    Account.CASH_DIFFERENCE: "现金长短款",
    Account.CUSTODY: "待移交款",
    Account.RISK_POOL: "风险补偿金",
}

FUND_ACCOUNTS = (Account.FISCAL, Account.CONTRIBUTION, Account.DONATION, Account.OTHER)
RESERVE_ACCOUNTS = (Account.RISK_RESERVE, Account.ACCUMULATION_FUND, Account.WELFARE_FUND)
INCOME_ACCOUNTS = (
    Account.FEE_INCOME,
    Account.CHARGE_INCOME,
    Account.BANK_INTEREST,
    Account.SUBSIDY_INCOME,
    Account.RUNNING_COSTS,
    Account.CASH_DIFFERENCE,
)
"""Closed into 累计结余 at the year's end; until then they are the surplus of the running year."""

NEVER_NEGATIVE = frozenset({Account.CASH, Account.BANK})

WAY_WORDS: dict[str, str] = {
    "": "", "sms": "短信", "wechat": "微信", "template": "微信通知", "subscribed": "微信通知", "miniprogram": "小程序",
}
"""How a message went."""

FATE_WORDS: dict[str, str] = {
    "waiting": "还在等着发", "leased": "正在发", "paused": "先不发", "sent": "已发出，还没回执", "delivered": "已送达",
    "failed": "没送到", "unknown": "不清楚到没到",
}
"""What became of a message."""

ENTRY_WORDS: dict[str, str] = {
    "opening": "期初", "brought": "承前", "pay_out": "放款", "repayment": "还款", "spend": "支出", "bank_in": "存银行",
    "bank_out": "取款", "fund_in": "资金入账", "income": "收入", "cash_count": "盘点差额", "reversal": "冲正",
    "contribution": "互助金", "given_shares": "赠配股", "refund": "退互助金", "set_off": "互助金抵扣",
    "year_end": "年终结转", "distribution": "年终分配", "exit": "清算", "custody": "转待移交", "hand_over": "移交",
    "risk_raise": "风险金筹集", "risk_pay": "风险金赔付", "compensation": "风险补偿", "write_off": "核销",
    "extension": "展期", "relief": "灾后延期", "freeze": "灾害停计", "register": "名册",
    "recovery": "核销后收回", "subsidy": "贴息",
}
"""What an entry is, by its kind."""
