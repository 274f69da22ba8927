"""The tables and what they refuse: keys, CHECKs and triggers that hold even against a mistake in our own code.

Every table of books leads its key with the society, which is the shard key; the mailbox leads with the address, for a
message arrives before its society is known. Dates are ISO text, so both databases keep and compare them alike.
"""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
    text,
)
from sqlalchemy.types import TypeEngine

from ..masks import without_numbers
from .sealed import Blind, Sealed, to_text

metadata = MetaData()

Fen = BigInteger().with_variant(Integer, "sqlite")
"""Whole fen, or any other 64-bit number (SQLite's INTEGER has 64 bits in any case)."""


class Json(TypeDecorator[object]):
    """Plain data as JSON text, the same bytes in both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> str:
        return to_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> object:
        return None if value is None else json.loads(value)


class Day(TypeDecorator[object]):
    """A `date` kept as ISO text; text sorts as dates do."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> object:
        return None if value is None else date.fromisoformat(value)


class Flag(TypeDecorator[bool]):
    """True and false as 1 and 0: STRICT tables know no boolean."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, _dialect: Dialect) -> int:
        return 1 if value else 0

    def process_result_value(self, value: int | None, _dialect: Dialect) -> bool:
        return bool(value)


class Words(TypeDecorator[str]):
    """What somebody typed and others read, in clear: numbers of people are taken out of it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else without_numbers(value)


def _table(name: str, *parts: Column[object] | CheckConstraint | ForeignKeyConstraint | Index) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=name in WITH_ROWID)


WITH_ROWID = {"notice", "inbox", "posting", "entry"}
"""Tables that only grow at their end; the rest are looked up by key and live in it."""


def _key(name: str, kind: type[Text] | type[Integer] | Day | Blind = Text) -> Column[object]:
    return Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def _text(name: str, default: str | None = "") -> Column[object]:
    return Column(name, Text, nullable=False, server_default=default)


def _words(name: str) -> Column[object]:
    return Column(name, Words, nullable=False, server_default="")


def _int(name: str, default: str | None = None, kind: type[Integer] | TypeEngine[int] = Integer) -> Column[object]:
    return Column(name, kind, nullable=False, server_default=default)


def _sealed(name: str, label: str = "", *, plain_json: bool = False) -> Column[object]:
    """Ciphertext; with a label its blind index stands beside it as `<name>_index`."""
    kind = Sealed(f"{name}_index" if label else "", label, plain_json=plain_json)
    return Column(name, kind, nullable=False, server_default=None if plain_json else "")


def _index(name: str) -> Column[object]:
    return Column(f"{name}_index", Blind, nullable=False, server_default="")


def _day(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Day, nullable=nullable)


society = _table(
    "society",
    _key("code"), _text("name"), _text("province"), _text("county"), _text("township"), _text("village"),
    _day("founded_on"), _day("opened_on"), _text("charter"),
    _text("village_phone"), _text("township_phone"), _text("county_phone"),
    Index("society_place", "province", "county", "township"),
)
charter_version = _table(
    "charter_version",
    _key("society"), _key("version", Integer), _text("name"), _day("since"), _text("resolution"),
    Column("body", Json, nullable=False), _day("adopted_on", nullable=True),
)
county_rules = _table(
    "county_rules",
    _key("province"), _key("county"), _key("version", Integer), _text("name"), _day("since"), _text("source"),
    Column("body", Json, nullable=False),
)
person = _table(
    "person",
    _key("society"), _key("no", Integer), _text("name"), _text("sex"), _sealed("phone", "phone"),
    _sealed("id_card", "id_card"), _text("household"), _index("phone"), _index("id_card"),
    Index("person_name", "society", "name"),
    # Whose a number is, in whatever society.
    Index("person_phone", "phone_index", sqlite_where=text("phone_index <> ''"),
          postgresql_where=text("phone_index <> ''")),
    Index("person_id_card", "id_card_index", sqlite_where=text("id_card_index <> ''"),
          postgresql_where=text("id_card_index <> ''")),
)
household = _table(
    "household",
    _key("society"), _key("no"), _text("head"), _int("person"), _text("category"), _day("joined_on"),
    _day("left_on", nullable=True), _text("group_name"), Column("leader", Flag, nullable=False),
    _int("gifted_fen", "0", Fen), _int("matched_fen", "0", Fen),
    _int("deferred_fen", "0", Fen), _day("deferred_until", nullable=True),
    CheckConstraint("gifted_fen >= 0 AND matched_fen >= 0 AND deferred_fen >= 0", name="household_shares"),
    # Those who left: after a term their numbers go (retention.py).
    Index("household_left", "left_on", sqlite_where=text("left_on IS NOT NULL"),
          postgresql_where=text("left_on IS NOT NULL")),
    Index("household_group", "society", "group_name"),
    Index("household_person", "society", "person"),
)
office = _table(
    "office",
    _key("society"), _key("person", Integer), _key("title"), _key("since", Day()), _day("until", nullable=True),
    _int("rank", "0"),
    CheckConstraint("until IS NULL OR until >= since", name="office_term"),
)
SENDER = "sender"
"""What phones and openids are indexed as, alike in every table, so that a sender is found in all of them."""
address = _table(
    "address",
    _key("channel"), _key("account"), _key("sender_index", Blind()), _key("society"), _key("person", Integer),
    _sealed("sender", SENDER), _day("bound_on"),
    Column("silent", Flag, nullable=False), _day("ended_on", nullable=True), _text("tongue"),
    Column("away", Flag, nullable=False, server_default="0"),
    Index("address_person", "society", "person"),
)
loan = _table(
    "loan",
    _key("society"), _key("no", Integer), _text("household"), _int("person"), _int("amount_fen", None, Fen),
    _words("purpose"), _int("months"), _text("plan"), _int("fee_ppm_month"), _int("charter_version"),
    _text("status", None), _day("applied_on"), _text("payer_one"), _text("payer_two"),
    _day("approved_on", nullable=True), _day("disclosed_on", nullable=True), _day("closes_on", nullable=True),
    _day("signed_on", nullable=True), _day("paid_out_on", nullable=True), _day("received_on", nullable=True),
    _day("ended_on", nullable=True), _words("held"), _int("version", "1"), Column("imported", Flag, nullable=False),
    Column("special_case", Flag, nullable=False, server_default="0"),
    CheckConstraint("amount_fen > 0 AND months > 0 AND fee_ppm_month >= 0", name="loan_amounts"),
    CheckConstraint("payer_one = '' OR (payer_one <> payer_two AND payer_one <> household AND payer_two <> household)",
                    name="loan_payers"),
    Index("loan_household", "society", "household", "status"),
    Index("loan_ended", "society", "household", "ended_on"),
    Index("loan_status", "society", "status"),
)
OPEN = text("paid_principal_fen + paid_fee_fen + charge_paid_fen < principal_fen + fee_fen + charge_fen")
loan_instalment = _table(
    "loan_instalment",
    _key("society"), _key("loan", Integer), _key("n", Integer), _day("due_on"),
    _int("principal_fen", None, Fen), _int("fee_fen", None, Fen),
    _int("paid_principal_fen", "0", Fen), _int("paid_fee_fen", "0", Fen),
    _int("charge_fen", "0", Fen), _int("charge_paid_fen", "0", Fen),
    _day("charged_to", nullable=True), _day("paid_on", nullable=True),
    CheckConstraint("principal_fen >= 0 AND fee_fen >= 0 AND charge_fen >= 0", name="instalment_planned"),
    CheckConstraint("paid_principal_fen BETWEEN 0 AND principal_fen AND paid_fee_fen BETWEEN 0 AND fee_fen"
                    " AND charge_paid_fen BETWEEN 0 AND charge_fen", name="instalment_paid"),
    # What the daily round looks for, and nothing else: open instalments by their due day.
    Index("instalment_open", "due_on", "society", "loan",
          sqlite_where=OPEN, postgresql_where=OPEN),
)
KEYS_TURNED = text("kind LIKE '%key' AND answer = 'yes'")
endorsement = _table(
    "endorsement",
    _key("society"), _key("loan", Integer), _key("kind"), _key("person", Integer), _text("answer"), _int("rank"),
    _day("said_on", nullable=True), _text("title"),
    CheckConstraint("(kind IN ('consent','key','signature') OR kind LIKE '%.consent' OR kind LIKE '%.key')"
                    " AND answer IN ('','yes','no','moved')",
                    name="endorsement_words"),
    Index("endorsement_person", "society", "person", "kind", "answer"),
    # The keys one officer turned on a day: there is a limit (charter, [identity]).
    Index("endorsement_keys", "society", "person", "said_on", sqlite_where=KEYS_TURNED, postgresql_where=KEYS_TURNED),
)
loan_review = _table(
    "loan_review",
    _key("society"), _key("loan", Integer), _key("kind"), _key("no", Integer), _text("stage", None), _int("months"),
    _int("amount_fen", None, Fen), _words("reason"), _day("asked_on"), _int("asked_by"), _text("resolution"),
    _text("filing"), _day("disclosed_on", nullable=True), _day("closes_on", nullable=True),
    _day("done_on", nullable=True), _int("after_seq", "0"),
    CheckConstraint("kind IN ('extension','write_off','relief','freeze') AND months >= 0 AND amount_fen >= 0",
                    name="loan_review_sums"),
    CheckConstraint("stage <> 'done' OR (disclosed_on IS NOT NULL AND (closes_on < done_on OR kind = 'freeze'))",
                    name="loan_review_shown"),
    Index("loan_review_stage", "society", "stage"),
)
quote = _table(
    "quote",
    _key("society"), _key("loan", Integer), _key("on", Day()), _int("total_fen", None, Fen), _day("until_on"),
    _int("until_hour"),
)
challenge = _table(
    "challenge",
    _key("society"), _key("loan", Integer), _key("person", Integer), _key("issue", Integer), _text("content", None),
    _int("issued_at", None, Fen), _int("tries", "0"), Column("used", Flag, nullable=False),
    CheckConstraint("tries BETWEEN 0 AND 3", name="challenge_tries"),
)
disclosure = _table(
    "disclosure",
    _key("society"), _key("no", Integer), _text("kind"), _int("loan"), _day("opened_on"), _day("closes_on"),
    _day("closed_on", nullable=True), _int("head_seq"), _text("head_hash"), Column("facts", Json, nullable=False),
    CheckConstraint("closes_on >= opened_on", name="disclosure_days"),
    Index("disclosure_open", "closes_on", "society", sqlite_where=text("closed_on IS NULL"),
          postgresql_where=text("closed_on IS NULL")),
)
matter = _table(
    "matter",
    _key("society"), _key("no", Integer), _text("kind"), _int("loan"), _int("person"), _sealed("text"),
    _day("raised_on"), _day("answered_on", nullable=True), _sealed("answer"), _int("answered_by"),
    _day("due_on", nullable=True),
    Index("matter_person", "society", "person", "no"),
    Index("matter_due", "due_on", "society", sqlite_where=text("due_on IS NOT NULL AND answered_on IS NULL"),
          postgresql_where=text("due_on IS NOT NULL AND answered_on IS NULL")),
    Index("matter_open", "society", "loan", sqlite_where=text("answered_on IS NULL"),
          postgresql_where=text("answered_on IS NULL")),
)
proposal = _table(
    "proposal",
    _key("society"), _key("no", Integer), _text("kind", None), _text("household"), _int("by"), _text("state", None),
    _day("raised_on"), _sealed("body", plain_json=True), _day("due_on", nullable=True), _int("agreed_by", "0"),
    _day("agreed_on", nullable=True), _day("ended_on", nullable=True),
    CheckConstraint("state IN ('open','agreed','done','refused','withdrawn')", name="proposal_states"),
    CheckConstraint("agreed_by <> by OR agreed_by = 0", name="proposal_two"),
    Index("proposal_alive", "society", "kind", sqlite_where=text("state IN ('open','agreed')"),
          postgresql_where=text("state IN ('open','agreed')")),
)
assent = _table(
    "assent",
    _key("society"), _key("proposal", Integer), _key("person", Integer), _text("answer"),
    _day("said_on", nullable=True), _text("paper"),
    CheckConstraint("answer IN ('','yes','no')", name="assent_words"),
    Index("assent_person", "society", "person", "answer"),
)
paper = _table(
    "paper",
    _key("society"), _key("loan", Integer), _key("kind"), _key("person", Integer), _key("side"), _int("by"),
    _text("number"), _day("said_on"),
    CheckConstraint("side IN ('leader','supervisor')", name="paper_sides"),
    Index("paper_once", "society", "loan", "kind", "person", "by", unique=True),
)
kin = _table(
    "kin",
    _key("society"), _key("one"), _key("other"), _text("relation"), _int("told_by"), _day("told_on"),
    _day("ended_on", nullable=True),
    CheckConstraint("one < other", name="kin_order"),
)
pairing = _table(
    "pairing",
    _key("society"), _key("household"), _int("cadre"), _day("since"), _day("ended_on", nullable=True),
)

# The books. Postings come first under a deferred foreign key and their head last: a trigger on the head refuses an
# unbalanced entry, a trigger on the postings refuses any that come to a standing head.
entry = _table(
    "entry",
    _key("society"), _key("seq", Integer), _text("kind", None), Column("on", Day, nullable=False), _day("booked_on"),
    _words("memo"), _int("loan"), _int("reverses"), _int("by"), _text("key", None), _text("hash", None),
    _text("code", None), _text("facts"),
    CheckConstraint('seq > 0 AND "on" <= booked_on', name="entry_order"),
    Index("entry_key", "society", "key", unique=True),
    Index("entry_reverses", "society", "reverses", unique=True, sqlite_where=text("reverses > 0"),
          postgresql_where=text("reverses > 0")),
    Index("entry_code", "society", "code"),
    Index("entry_booked", "society", "booked_on", "seq"),
    # What was booked after the day it counts for: few, and what "as known then" differs by.
    Index("entry_late", "society", "booked_on", sqlite_where=text('"on" < booked_on'),
          postgresql_where=text('"on" < booked_on')),
)
posting = _table(
    "posting",
    _key("society"), _key("seq", Integer), _key("line", Integer), _text("account", None), _text("sub"),
    _int("amount_fen", None, Fen), _int("balance_fen", None, Fen), _int("total_fen", None, Fen),
    CheckConstraint("amount_fen <> 0 AND abs(amount_fen) <= 100000000000000", name="posting_amount"),
    CheckConstraint("account NOT IN ('cash','bank') OR total_fen >= 0", name="posting_money"),
    ForeignKeyConstraint(["society", "seq"], ["entry.society", "entry.seq"], deferrable=True, initially="DEFERRED"),
    Index("posting_sub", "society", "account", "sub", "seq", "line"),
    Index("posting_account", "society", "account", "seq", "line"),
)
allocation = _table(
    "allocation",
    _key("society"), _key("seq", Integer), _key("loan", Integer), _key("n", Integer),
    _int("principal_fen", None, Fen), _int("fee_fen", None, Fen), _int("charge_fen", None, Fen), _day("paid_on"),
    Index("allocation_loan", "society", "loan", "n"),
)

# The mailbox.
INBOX_WORDS = text("(text <> '' OR reply <> '')")
NOTICE_WORDS = text("(done_at > 0 AND facts <> '')")
"""What still has words: the indexes that retention.py looks in are on just these."""
inbox = _table(
    "inbox",
    _key("channel"), _key("account"), _key("sender_index", Blind()), _key("key_index", Blind()),
    _sealed("sender", SENDER), _sealed("key", "message"), _sealed("digest"), _int("received_at", None, Fen),
    _text("kind"), _sealed("text"), _text("command"), _text("society"), _int("person", "0"), _text("state"),
    _sealed("reply"), _text("failure"),
    # When somebody last wrote: WeChat's window, and how much one sender sends.
    Index("inbox_sender", "channel", "sender_index", "received_at"),
    Index("inbox_words", "received_at", sqlite_where=INBOX_WORDS, postgresql_where=INBOX_WORDS),
)
question = _table(
    "question",
    _key("channel"), _key("account"), _key("sender_index", Blind()), _sealed("sender", SENDER), _text("society"),
    _int("person"), _text("command"), _sealed("slots", plain_json=True), _text("wants"), _text("nonce"),
    _text("content"), _int("tries", "0"), _int("expires_at", None, Fen),
)
ON_ITS_WAY = text("state IN ('waiting','leased')")
notice = _table(
    "notice",
    Column("id", Fen, primary_key=True, autoincrement=True), _text("society"), _text("key", None), _int("person"),
    _text("channel"), _text("account"), _sealed("recipient", SENDER), _index("recipient"), _text("say"),
    _sealed("facts", plain_json=True),
    _int("priority"), _day("day"), _text("state", "waiting"), _int("not_before", "0", Fen), _int("attempt", "0"),
    _int("lease_until", "0", Fen), _int("made_at", None, Fen), _int("done_at", "0", Fen), _text("reason"),
    _text("reference"), _text("sent_channel"), _int("segments", "0"),
    _int("turn", "0", Fen), _int("broadcast", "0"), _int("tries", "0"),
    CheckConstraint("state IN ('waiting','leased','sent','failed','unknown','delivered','paused','cancelled','merged')",
                    name="notice_states"),
    Index("notice_key", "society", "key", unique=True),
    # What one person got lately: limits of a day and of WeChat's window.
    Index("notice_person", "society", "person", "done_at"),
    # Reports of a gateway that knows a message by an id of its own (ledger/store/sending.py).
    Index("notice_serial", "reference", sqlite_where=text("reference LIKE 'tencent:%'"),
          postgresql_where=text("reference LIKE 'tencent:%'")),
    Index("notice_wechat", "reference", sqlite_where=text("reference LIKE 'wechat:%'"),
          postgresql_where=text("reference LIKE 'wechat:%'")),
    # `turn` is when it is a notice's turn among those of its priority: bulk from one society steps aside for others.
    Index("notice_waiting", "priority", "turn", "id", sqlite_where=ON_ITS_WAY, postgresql_where=ON_ITS_WAY),
    Index("notice_words", "done_at", sqlite_where=NOTICE_WORDS, postgresql_where=NOTICE_WORDS),
    Index("notice_broadcast", "society", "broadcast", "state", sqlite_where=text("broadcast > 0"),
          postgresql_where=text("broadcast > 0")),
)
# A notice is named by what is known of it before it has its number.
notice.info["row"] = ("society", "key")
broadcast = _table(
    "broadcast",
    _key("society"), _key("no", Integer), _sealed("text"), _text("scope"), _text("group_name"), _int("by"),
    _int("second_by", "0"), _text("state", "going"), _day("begun_on"), _int("begun_at", None, Fen),
    _int("page", "0"), _text("origin"), _int("origin_no", "0"),
    Column("spread", Flag, nullable=False), Column("made", Flag, nullable=False), _int("made_to", "0"),
    Column("settled", Flag, nullable=False),
    CheckConstraint("state IN ('going','paused','stopped')", name="broadcast_states"),
    CheckConstraint("second_by = 0 OR second_by <> by", name="broadcast_two"),
    # Those whose notices do not stand yet as they should: what a worker looks for.
    Index("broadcast_unsettled", "begun_at", "society", "no", sqlite_where=text("settled = 0"),
          postgresql_where=text("settled = 0")),
    Index("broadcast_villages", "origin", "origin_no", "society", unique=True, sqlite_where=text("origin <> ''"),
          postgresql_where=text("origin <> ''")),
)
setting = _table("setting", _key("name"), _text("value"))
day_done = _table("day_done", _key("day", Day()), _int("done_at", None, Fen))

BOOKS_ONLY_GROW = ("entry", "posting", "allocation")


def _triggers() -> list[tuple[str, str]]:
    """(dialect, statement) pairs: no update or delete in the books, no unbalanced head, no late posting."""
    made: list[tuple[str, str]] = []
    for name in BOOKS_ONLY_GROW:
        for act in ("UPDATE", "DELETE"):
            made.append((
                "sqlite",
                f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, 'books only grow'); END",
            ))
        made.append((
            "postgresql",
            f"CREATE TRIGGER {name}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow()",
        ))
    made.append((
        "sqlite",
        "CREATE TRIGGER entry_balanced BEFORE INSERT ON entry WHEN (SELECT coalesce(sum(amount_fen), 1) FROM posting"
        " WHERE society = NEW.society AND seq = NEW.seq) <> 0 BEGIN SELECT RAISE(ABORT, 'entry does not balance'); END",
    ))
    made.append((
        "sqlite",
        "CREATE TRIGGER posting_not_late BEFORE INSERT ON posting WHEN EXISTS (SELECT 1 FROM entry"
        " WHERE society = NEW.society AND seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'entry is closed'); END",
    ))
    made.append((
        "postgresql",
        "CREATE TRIGGER entry_balanced BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_balanced()",
    ))
    made.append((
        "postgresql",
        "CREATE TRIGGER posting_not_late BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION posting_not_late()",
    ))
    return made


POSTGRESQL_FUNCTIONS = """
CREATE OR REPLACE FUNCTION books_only_grow() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''books only grow''; END';
CREATE OR REPLACE FUNCTION entry_balanced() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN IF (SELECT coalesce(sum(amount_fen), 1) FROM posting WHERE society = NEW.society AND seq = NEW.seq) <> 0
 THEN RAISE EXCEPTION ''entry does not balance''; END IF; RETURN NEW; END';
CREATE OR REPLACE FUNCTION posting_not_late() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN IF EXISTS (SELECT 1 FROM entry WHERE society = NEW.society AND seq = NEW.seq)
 THEN RAISE EXCEPTION ''entry is closed''; END IF; RETURN NEW; END';
"""


def _guard(statement: str, dialect: str) -> None:
    event.listen(metadata, "after_create", DDL(  # type: ignore[no-untyped-call]
        statement.replace("%", "%%")).execute_if(dialect=dialect))


_guard(POSTGRESQL_FUNCTIONS, "postgresql")
for _dialect, _statement in _triggers():
    _guard(_statement, _dialect)
