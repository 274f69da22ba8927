"""Every word a person reads: each key is there and used, each text fits its messages, and a code stands alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from ledger.codes import RECEIPT_ALPHABET
from ledger.records import Refusal
from ledger.terms import Account, Plan, Role, Status

ROOT = Path(__file__).parent.parent
ONE_MESSAGE, SEGMENT, SEGMENTS = 70, 67, 3
WORDS = texts.words()


def keys() -> list[str]:
    """Every key of the file as code names it; a list with its line is one key."""
    return [f"{section}.{name}" for section, table in WORDS.items() for name in table]


KEYS = keys()


# Every key is used, and every key used is there.


@cache
def constants() -> frozenset[str]:
    """Every text that stands in our code."""
    return frozenset(
        node.value for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)
        if isinstance(node.value, str)
    )


@cache
def trees() -> tuple[ast.Module, ...]:
    folders = ("ledger", "handlers", "bot", "jobs")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(ast.parse(path.read_text("utf-8")) for path in [*paths, ROOT / "huzhu.py"])


def words_of_enums() -> set[str]:
    return {str(one) for kind in (Role, Status, Plan, Account) for one in kind}


@cache
def shapes() -> frozenset[str]:
    """The keys that code puts together, such as `f"{words}.done"`, with `{}` for what it puts in."""
    found = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.add("".join(parts))
    return frozenset(one for one in found if re.fullmatch(r"[a-z_{}]+\.[a-z_{}]+", one))


def put_together(key: str) -> bool:
    """Whether some shape gives this key, with words in its holes that stand in the code themselves."""
    known = constants() | words_of_enums()
    for shape in shapes():
        for hole in ("([a-z_]+)", "([a-z_]+?)"):  # two holes beside each other can be told apart at either end
            pattern = re.escape(shape).replace(r"\{\}", hole)
            if (found := re.fullmatch(pattern, key)) and set(found.groups()) <= known:
                return True
    return False


def names_of(key: str) -> Iterator[str]:
    """How code may say a key: as it stands, as a refusal's own key, as a bare word."""
    section, _, name = key.partition(".")
    yield key
    if section in {"say", "refusal"}:
        yield name
        yield from (f"{name[:at]}.{name[at + 1:]}" for at, sign in enumerate(name) if sign == "_")
    if name == "all":
        yield section


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_used(key: str) -> None:
    assert any(name in constants() or put_together(name) for name in names_of(key)), f"nobody says {key}"


def said_to(*functions: str, first_only: bool = True) -> set[str]:
    """The constant texts that calls of these names are given."""
    found: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                given = node.args[:1] if first_only else [*node.args, *(word.value for word in node.keywords)]
                if name in functions:
                    found |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
    return found


def test_every_key_of_the_code_has_words() -> None:
    refusals = said_to("Refusal")
    assert len(refusals - {''}) > 40
    wanted = {f"refusal.{key.replace('.', '_')}" for key in refusals}
    wanted |= said_to("Answer") - {"refused"}
    shaped = re.compile(rf"(?:{'|'.join(set(WORDS) - {'say', 'refusal'})})\.[a-z_]+")
    spoken = said_to("Answer", "fill", "find", "Notice", first_only=False)
    wanted |= {text for text in spoken if shaped.fullmatch(text)}
    missing = []
    for key in sorted(wanted):
        try:
            texts.find(key)
        except texts.UnknownText:
            missing.append(key)
    assert not missing


# Every text with plausible facts of the largest kind.

NAME, LONG = "欧阳桂花", "今年种子化肥农药都涨价了家里又添了两头猪还要修圈所以想多借一点请社里考虑一下谢谢"
AMOUNT, MOST = 980_000, 12_345_678
FACTS: dict[str, Any] = {
    "name": NAME, "person": NAME, "payer_one": NAME, "payer_two": "司马二妹", "purpose": "买化肥种子农药",
    "text": LONG, "reason": LONG[:30], "group": "第十一组", "society": "青山村互助社", "law": "诉讼时效快到3年",
    "homes": "、".join(f"{n:03d}号户（第十一组）" for n in (12, 34, 56)), "loans": "23号、24号、25号、26号、27号",
    "first": "012", "roles": "理事、理事长、会计、出纳、监事", "source": "捐赠", "treasurer": f"{NAME}19900000024",
    "cashier": f"{NAME}19900000036", "village_phone": "0000-2600001", "township_phone": "0000-2600002",
    "county_phone": "0000-2600003", "loan": 1234, "entry": 12345, "item": 123, "months": 12, "months_max": 12,
    "days": 912, "count": 12, "left": 2, "asked": 7, "borrowers": 3, "borrowers_max": 3, "charge_percent": 150,
    "fee_ppm_month": 7500, "plan": "equal_principal", "status": "paid_out", "money": "bank", "check": "MKGY9",
    "code": "482913", "on": date(2026, 12, 31), "answer": "yes", "page": 123, "credit_fen": 12_345, "late": True,
    "choices": texts.Ready(
        "1 待办  2 同意联保1234号  3 不同意联保1234号  4 收到1235号的钱  5 没收到1235号的钱  6 余额  "
        "7 还款计划  8 结清要多少"
    ),
    "what": "多少钱没看准，请只回钱数，例如：3000", "given_fen": 40_000, "charge_fen": 12_345,
    "household": "QS001-012", "group_name": "第十一组",
    "left_fen": 1_000_000, "limit_fen": 1_166_000, "room_fen": 1_978_902,
}
LINES: dict[str, list[list[Any]]] = {
    "statement.lines": [["2026-12-31", 102_855, "MKGY9"]] * 5,
    "schedule.lines": [["2026-12-31", 88_333]] * 12,
    "complain.lines": [["2026-12-31", 1234, "已答复已叫会计补开收据"], ["2026-12-31", 1234, "", True],
                       ["2026-12-31", 1234, "", False, True]],
    "alerts.lines": [["一二三四五六村", True, "100.0%", "100.0%", "100.0%", 12]] * 3,
    "notices.lines": [[NAME, AMOUNT, 1234, "2026-12-31", 123]] * 3,
    "collect.ask": [[NAME, 102_855, 1234]] * 8,
    "collect.done": [[NAME, 102_855, 1234]] * 8,
    "pending.lines": [["批 1234"]] * 8,
    "overdue.lines": [[NAME, 102_855, 912, 1234]] * 6,
    "find.then": [[NAME, "012", 100_000, AMOUNT, 100_000, AMOUNT, 102_855, 102_855]] * 1,
    "find.lines": [[NAME, "012", "第十一组", "低收入户", 100_000, AMOUNT, "1234号"]] * 3,
    "sent_to.lines": [["2026-12-31", "template", "sent"]] * 3,
}


def facts_for(key: str) -> dict[str, Any]:
    """Facts for every place of a text: by name, else by how the name ends."""
    found = texts.find(key)
    whole = found if isinstance(found, str) else found["text"]
    names = set(re.findall(r"\{(\w+)(?::\w+)?\}", whole)) | set(re.findall(r"\[\?(\w+):", whole))
    facts: dict[str, Any] = {}
    for name in names - {"lines", "confirm"}:
        if name in FACTS:
            facts[name] = FACTS[name]
        elif name.endswith("_fen"):
            facts[name] = AMOUNT if name == "amount_fen" else MOST
        elif name.endswith("_on"):
            facts[name] = date(2026, 12, 31)
        else:
            number = f"{{{name}:no}}" in whole or name.endswith(("_no", "count", "days"))
            facts[name] = 123 if number else "一二三四五六"
    if "confirm" in names:
        facts["confirm"] = "验证码482913"
    if not isinstance(found, str):
        assert key in LINES, f"{key} is a list: say in this test what its lines look like"
        facts["lines"] = LINES[key]
    return facts


@pytest.mark.parametrize("key", KEYS)
def test_every_text_fits(key: str) -> None:
    said = texts.fill(key, facts_for(key))
    assert "{" not in said and "[?" not in said
    assert "贷款" not in said and "利息" not in said
    assert len(said) <= SEGMENT * SEGMENTS, f"{len(said)}: {said}"
    # A phone shows UCS-2: a sign beyond it would count as two.
    assert all(ord(sign) < 0x10000 for sign in said)


USUAL = FACTS | {
    "choices": "1 余额  2 能借多少  3 借钱",
    "loan": 123, "purpose": "买化肥种子", "credit_fen": 0, "charge_fen": 0, "months": 10, "days": 30,
    "status": "applied", "due_fen": 102_855, "left_fen": 882_000, "fee_fen": 26_950, "first_fen": 102_900,
    "owed_fen": 103_355, "paid_fen": 102_855, "principal_fen": 98_000, "contribution_fen": 100_000, "confirm": "1",
    "amount_fen": AMOUNT, "due_on": date(2026, 12, 31),
}
COMMON = (
    "balance.free", "balance.asking", "balance.owing", "balance.late", "notice.receipt", "notice.receipt_settled",
    "notice.remind", "notice.remind_today", "borrow.ask", "borrow.done", "notice.consent_asked", "notice.paid_out",
    "notice.sign_borrower", "notice.sign_payer", "received.done", "greeting.unknown", "help.member", "unknown.text",
)


@pytest.mark.parametrize("key", COMMON)
def test_the_common_ones_fit_one_message(key: str) -> None:
    whole = str(texts.find(key))
    facts = {name: value for name, value in USUAL.items() if name not in texts.CODES or f"{{{name}}}" in whole}
    said = texts.fill(key, facts)
    assert len(said) <= ONE_MESSAGE, f"{len(said)}: {said}"


def test_all_reasons_at_once_fit() -> None:
    """Everything that can speak against one application."""
    found = {
        "loan.no_purpose", "loan.over_limit", "loan.too_long", "loan.already_borrowing", "loan.group_locked",
        "loan.group_full", "loan.is_guarantor", "loan.too_few_payers", "loan.over_concentration", "loan.pool_empty",
    }
    refusals = [
        Refusal(key, {k: v for k, v in facts_for(f"refusal.{key.replace('.', '_')}").items() if k != "choices"})
        for key in sorted(found)  # digits to choose are offered only where one thing is asked
    ]
    said = texts.refused(refusals)
    assert len(said) <= SEGMENT * SEGMENTS, f"{len(said)}: {said}"


def test_our_words_are_used_and_not_the_bank_s() -> None:
    whole = texts.FILE.read_text("utf-8")
    spoken = "\n".join(line for line in whole.splitlines() if not line.startswith("#"))
    assert "贷款" not in spoken and "利息" not in spoken


# In a text that asks for a code, the code is the only run of 4 to 6 digits not followed by 元 号 月 日.

RUN = re.compile(r"(?<!\d)\d{4,6}(?!\d)(?![元号月日])")
ASKING = [
    key for key in KEYS
    if re.search(r"\{(code|confirm)\}", str(texts.find(key))) and key not in {"check.none"}
]
fen = st.one_of(st.integers(1, 10**12), st.integers(1, 10**6).map(lambda yuan: yuan * 100))
number = st.integers(1, 999_999)
written = st.text(st.sampled_from("买化肥0123456789２０２６.,元年号 批"), max_size=30)
called = st.text(st.sampled_from("欧阳桂花·"), min_size=1, max_size=12)


@st.composite
def asking(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A text that asks for a code with any amounts, numbers and words in it."""
    key = draw(st.sampled_from(ASKING))
    facts = facts_for(key)
    for name, value in facts.items():
        if name.endswith("_fen"):
            facts[name] = draw(fen)
        elif name in {"loan", "entry"}:
            facts[name] = draw(number)
        elif name in {"purpose", "text", "reason"}:
            facts[name] = draw(written)
        elif name in {"name", "payer_one", "payer_two"}:
            facts[name] = draw(called)
        elif name == "lines":
            facts[name] = [[draw(called), draw(fen), draw(number)] for _ in range(draw(st.integers(1, 4)))]
        elif name == "on":
            facts[name] = draw(st.dates())
        assert value is not None
    code = f"{draw(st.integers(0, 999_999)):06d}"
    return key, facts | ({"code": code} if "code" in facts else {"confirm": f"验证码{code}"})


@given(asking())
def test_a_code_stands_alone(case: tuple[str, dict[str, Any]]) -> None:
    key, facts = case
    said = texts.fill(key, facts)
    assert RUN.findall(said) == [str(facts.get("code") or facts["confirm"])[-6:]], said


def test_codes_are_asked_for_where_money_moves() -> None:
    money = {"pay_out.ask", "collect.ask", "undo.ask", "reverse.ask", "spend.ask", "fund_in.ask", "bank_in.ask"}
    for key in money | {"sign.ask_borrower", "notice.key_asked"}:
        assert key in ASKING
        assert ":big}" in str(texts.find(key)), f"{key} has no 大写"


# What a person wrote is only ever a value.


@pytest.mark.parametrize(
    "words",
    ["{{7*7}}", "{amount_fen}", "%s%n", "{0.__class__}", "[?x:y]", "<script>", "'; DROP TABLE entry;--", "${jndi:x}"],
)
def test_a_person_s_words_are_no_template(words: str) -> None:
    assert words in texts.fill("hold.done", {"loan": 23, "reason": words})


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [("甲\n乙\t丙", "甲 乙 丙"), ("甲\u202e乙\u200b丙\x1b[1m", "甲乙丙[1m"), ("好" * 99, "好" * 39 + "…")],
)
def test_a_person_s_words_stay_on_one_line(wrote: str, shown: str) -> None:
    assert texts.fill("hold.done", {"loan": 23, "reason": wrote}) == f"已暂停23号：{shown}。查清后发：恢复 23"


def test_receipt_codes_have_no_look_alikes() -> None:
    assert not set("01IO") & set(RECEIPT_ALPHABET) and len(set(RECEIPT_ALPHABET)) == 32
