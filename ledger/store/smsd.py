"""The database that gammu-smsd keeps (SQL service, schema version 17): what came in, what is to go out, how it ended.

It belongs to another program, so only the columns that its manual promises are used, and only smsd deletes what it
made. SQL lives on this floor; which message means what is decided in bot/channels/gammu.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    Column,
    ColumnElement,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    insert,
    inspect,
    literal_column,
    make_url,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from .store import CLIENT_NOTICES, Unavailable, is_passing

Broken = SQLAlchemyError
"""Any way in which smsd's database can fail, for those who may not name the library."""
SCHEMA = 17
UNICODE = "Unicode_No_Compression"
# Words in SQLite and truth values in PostgreSQL: written so, each takes them as its own.
_TRUE: ColumnElement[Any] = literal_column("'true'")
_FALSE: ColumnElement[Any] = literal_column("'false'")
_MOMENT = Text().with_variant(TIMESTAMP(), "postgresql")

_metadata = MetaData()
_inbox = Table(
    "inbox", _metadata,
    Column("ID", Integer, primary_key=True), Column("ReceivingDateTime", _MOMENT), Column("SenderNumber", Text),
    Column("UDH", Text), Column("Text", Text), Column("TextDecoded", Text), Column("RecipientID", Text),
    Column("Processed", Text), Column("UpdatedInDB", _MOMENT),
)
_outbox = Table(
    "outbox", _metadata,
    Column("ID", Integer, primary_key=True), Column("DestinationNumber", Text), Column("TextDecoded", Text),
    Column("Coding", Text), Column("UDH", Text), Column("MultiPart", Text), Column("SenderID", Text),
    Column("DeliveryReport", Text), Column("CreatorID", Text), Column("Priority", Integer), Column("Class", Integer),
)
_parts = Table(
    "outbox_multipart", _metadata,
    Column("ID", Integer, primary_key=True), Column("SequencePosition", Integer, primary_key=True),
    Column("TextDecoded", Text), Column("Coding", Text), Column("UDH", Text), Column("Class", Integer),
)
_sent = Table(
    "sentitems", _metadata,
    Column("ID", Integer, primary_key=True), Column("SequencePosition", Integer, primary_key=True),
    Column("CreatorID", Text), Column("Status", Text), Column("UpdatedInDB", _MOMENT),
    Column("SendingDateTime", _MOMENT),
)
_phones = Table(
    "phones", _metadata, Column("IMEI", Text, primary_key=True), Column("ID", Text), Column("UpdatedInDB", _MOMENT),
    Column("Signal", Integer), Column("NetName", Text),
)
_gammu = Table("gammu", _metadata, Column("Version", Integer, primary_key=True))


@dataclass(frozen=True)
class Piece:
    """One row of the inbox: a whole message, or one part of a long one (`header` is its user data header in hex).

    `raw` is what this very part says, UCS-2 in hex whatever it came in. `text` is what smsd makes of it, but of a long
    message the first part has all of it, or only its own, as smsd happened to put them together.
    """

    id: int
    received_at: str
    sender: str
    header: str
    raw: str
    text: str
    age_s: int


@dataclass(frozen=True)
class Progress:
    """How far each part of one message of ours has come."""

    reference: str
    states: tuple[str, ...]


class Smsd:
    """gammu-smsd's database. Every method is one short transaction, for smsd writes there all the time."""

    def __init__(self, url: str, patience_s: float = 3.0) -> None:
        self._sqlite = url.startswith("sqlite")
        arguments: dict[str, Any] = {"timeout": patience_s, "check_same_thread": False} if self._sqlite else {
            **CLIENT_NOTICES, "options": f"-c statement_timeout={int(patience_s * 1000)}"}
        self._engine: Engine = create_engine(
            url, poolclass=QueuePool, pool_size=2, max_overflow=8, connect_args=arguments)

    def pieces(self, limit: int = 200) -> list[Piece]:
        """What came in and is not done, the oldest first."""
        c = _inbox.c
        age = func.strftime("%s", "now") - func.strftime("%s", c.UpdatedInDB) if self._sqlite else (
            func.extract("epoch", func.localtimestamp() - c.UpdatedInDB))
        with _translated(), self._engine.connect() as connection:
            rows = connection.execute(
                select(c.ID, c.ReceivingDateTime, c.SenderNumber, c.UDH, c.Text, c.TextDecoded, age)
                .where(c.Processed == _FALSE).order_by(c.ID).limit(limit)
            )
            return [
                Piece(row[0], str(row[1]), row[2], row[3] or "", row[4] or "", row[5] or "", int(row[6] or 0))
                for row in rows
            ]

    def done(self, ids: Sequence[int], *, forget: bool = False) -> None:
        """These were taken in; with `forget` their words are wiped, for the database stands in the village."""
        values: dict[str, Any] = {"Processed": _TRUE}
        if forget:
            values |= {"Text": "", "TextDecoded": ""}
        with _translated(), self._engine.begin() as connection:
            connection.execute(update(_inbox).where(_inbox.c.ID.in_(list(ids))).values(values))

    def put(self, reference: str, to: str, parts: Sequence[tuple[str, str]], phone_id: str, priority: int) -> bool:
        """Queue one message of (header, text) parts under our reference; False when it stands there already."""
        with _translated(), self._engine.connect() as connection:
            # The lock comes before the look, so that two who hand the same message over see each other.
            if self._sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(71407)")
            known = union_all(
                select(_outbox.c.ID).where(_outbox.c.CreatorID == reference),
                select(_sent.c.ID).where(_sent.c.CreatorID == reference),
            )
            if connection.execute(known).first() is not None:
                connection.rollback()
                return False
            header, text = parts[0]
            made = connection.execute(insert(_outbox).values(
                DestinationNumber=to, TextDecoded=text, Coding=UNICODE, UDH=header or None, Class=-1,
                MultiPart=_TRUE if len(parts) > 1 else _FALSE, DeliveryReport="yes", CreatorID=reference,
                Priority=priority, **({"SenderID": phone_id} if phone_id else {}),
            ))
            number = made.inserted_primary_key
            assert number is not None
            for position, (header, text) in enumerate(parts[1:], 2):
                connection.execute(insert(_parts).values(
                    ID=number[0], SequencePosition=position, TextDecoded=text, Coding=UNICODE, UDH=header, Class=-1))
            connection.commit()
            return True

    def progress(self, since: str, prefix: str) -> tuple[list[Progress], str]:
        """How our messages stand that changed at or after `since` (the database's own clock), and the newest change."""
        c = _sent.c
        with _translated(), self._engine.connect() as connection:
            # While parts of it still wait in the outbox, a message is neither delivered nor failed.
            changed = select(c.ID).where(
                c.CreatorID.startswith(prefix, autoescape=True), c.ID.not_in(select(_outbox.c.ID)))
            if since:
                changed = changed.where(c.UpdatedInDB >= since)
            rows = connection.execute(
                select(c.CreatorID, c.Status, c.UpdatedInDB).where(c.ID.in_(changed)).order_by(c.ID, c.SequencePosition)
            ).all()
        found: dict[str, list[str]] = {}
        for reference, state, _ in rows:
            found.setdefault(reference, []).append(state)
        newest = max((str(row[2]) for row in rows), default=since)
        return [Progress(reference, tuple(states)) for reference, states in found.items()], newest

    def waiting(self) -> int:
        """How many messages smsd has still to send."""
        with _translated(), self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(_outbox)).scalar() or 0)

    def state(self) -> tuple[int, list[tuple[str, int, str, int]]]:
        """The schema's version (0 for none), and each modem: phone id, seconds since its last sign, network, signal."""
        c = _phones.c
        age = func.strftime("%s", "now") - func.strftime("%s", c.UpdatedInDB) if self._sqlite else (
            func.extract("epoch", func.localtimestamp() - c.UpdatedInDB))
        with _translated(), self._engine.connect() as connection:
            if not inspect(connection).has_table("gammu"):
                return 0, []
            version = int(connection.execute(select(_gammu.c.Version)).scalar() or 0)
            rows = connection.execute(select(c.ID, age, c.NetName, c.Signal))
            return version, [(row[0], int(row[1] or 0), row[2] or "", int(row[3])) for row in rows]

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what may pass by itself into `Unavailable`."""
    try:
        yield
    except DBAPIError as error:
        if is_passing(error):
            raise Unavailable(type(error.orig).__name__) from error
        raise


def missing_file(address: str) -> str:
    """The file of a SQLite address that is not there; empty when it is, or when a server keeps the tables."""
    url = make_url(address)
    gone = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    return str(url.database) if gone else ""
