"""The tables of the funds, and the trigger that lets no entry into a closed month."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer

from .tables import Fen, Json, _day, _guard, _int, _key, _table, _text

deed = _table("deed", _key("society"), _key("kind"), _day("on"), _text("reference"))
cash_count = _table(
    "cash_count",
    _key("society"), _key("no", Integer), _day("day"), _int("book_fen", None, Fen), _int("first_by"),
    _text("first_role"), _int("first_fen", None, Fen), _int("second_by", "0"), _int("second_fen", "0", Fen),
    _text("state", None), _int("entry", "0"),
    CheckConstraint("first_fen >= 0 AND second_fen >= 0 AND first_by <> second_by", name="cash_count_two"),
    CheckConstraint("state IN ('open','agreed','differed','void')", name="cash_count_states"),
)
month_close = _table(
    "month_close",
    _key("society"), _key("month"), _day("until"), _day("closed_on"), _int("by"), _int("seq"), _text("hash"),
    CheckConstraint("until < closed_on", name="month_close_over"),
)
year_end = _table(
    "year_end",
    _key("society"), _key("year", Integer), _day("done_on"), _text("resolution"),
    Column("sheet", Json, nullable=False),
)
risk_claim = _table(
    "risk_claim",
    _key("fund"), _key("no", Integer), _text("society"), _text("event"), _int("loss_fen", None, Fen),
    _text("evidence"), _day("claimed_on"), _text("state", None), _int("paid_fen", "0", Fen),
    _day("ended_on", nullable=True), _text("reason"),
    CheckConstraint("loss_fen > 0 AND paid_fen >= 0 AND paid_fen <= loss_fen", name="risk_claim_sums"),
    CheckConstraint("evidence <> '' AND state IN ('asked','paid','refused')", name="risk_claim_states"),
)
disaster = _table(
    "disaster",
    _key("society"), _key("no", Integer), _text("event"), _day("since"), _int("months"), _day("declared_on"),
    _text("order"), _text("resolution"), _day("until", nullable=True), _day("granted_on", nullable=True),
    CheckConstraint("months BETWEEN 1 AND 12", name="disaster_months"),
)
exit_ = _table(
    "exit",
    _key("society"), _day("ordered_on"), _text("order"), _text("holder"), _text("stage", None),
    _day("settled_on", nullable=True), _int("custody_fen", "0", Fen), _day("handed_on", nullable=True),
    _text("receipt"),
    CheckConstraint("stage IN ('ordered','settled','handed') AND custody_fen >= 0", name="exit_stages"),
    CheckConstraint("stage <> 'handed' OR receipt <> ''", name="exit_receipt"),
)

CLOSED = "EXISTS (SELECT 1 FROM month_close c WHERE c.society = NEW.society AND c.until >= NEW.\"on\")"

_guard(
    f"CREATE TRIGGER entry_month_open BEFORE INSERT ON entry WHEN {CLOSED}"
    " BEGIN SELECT RAISE(ABORT, 'month is closed'); END",
    "sqlite",
)
_guard(
    "CREATE OR REPLACE FUNCTION entry_month_open() RETURNS trigger LANGUAGE plpgsql AS"
    f" 'BEGIN IF {CLOSED} THEN RAISE EXCEPTION ''month is closed''; END IF; RETURN NEW; END'",
    "postgresql",
)
_guard(
    "CREATE TRIGGER entry_month_open BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_month_open()",
    "postgresql",
)
