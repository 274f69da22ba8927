"""What came in and what waits to go out: each message once with its stored reply, one open question per address,
notices that are leased, sent and marked.

A message is known by (channel, account, sender, key) and a notice by (society, key); both stand in UNIQUE keys of the
same transaction as their effect, so twice is once (reliability.md M8, M9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, insert, or_, select, text, update
from sqlalchemy.engine import Connection

from . import swift
from . import tables as t
from .mapping import once
from .sealing import Keyring, Moved, keys_of


@dataclass(frozen=True)
class Stored:
    """A message that was here before: its digest, and the reply it got (None while it has none)."""

    digest: str
    state: str
    reply: str
    command: str


@dataclass(frozen=True)
class Question:
    """The one open question of an address: a complete command that waits for `1` or a code.

    `nonce` is what its code is derived from, `content` the fingerprint of what was shown: the answer counts only for
    exactly that.
    """

    society: str
    person: int
    command: str
    slots: dict[str, Any]
    wants: str
    nonce: str
    content: str
    tries: int
    expires_at: int


@dataclass(frozen=True)
class Waiting:
    """A notice to send, leased to one worker until `lease_until` under its `attempt` number.

    `tries` counts the attempts whose bad end is known; a lease that a dead worker held is none of them.
    """

    id: int
    society: str
    key: str
    person: int
    channel: str
    account: str
    recipient: str
    say: str
    facts: dict[str, Any]
    priority: int
    attempt: int
    state: str
    tries: int = 0
    broadcast: int = 0


def waiting_columns() -> list[Any]:
    """The columns a `Waiting` is made of, in its order."""
    return [t.notice.c[name] for name in Waiting.__dataclass_fields__]


def to_waiting(keys: Keyring, row: Any) -> Waiting:
    """The notice of a row of `waiting_columns`."""
    return Waiting(**keys.open_row(t.notice, dict(zip(Waiting.__dataclass_fields__, row, strict=True))))


QUESTION = select(
    *t.question.primary_key.columns, *(t.question.c[name] for name in Question.__dataclass_fields__)
).where(*(column == bindparam(column.name) for column in t.question.primary_key.columns))
ANSWERED = delete(t.question).where(
    *(t.question.c[name] == bindparam(name) for name in ("channel", "account", "sender_index")))
OPEN = insert(t.question)
FINISH = (
    update(t.inbox).where(*(column == bindparam(f"b_{column.name}") for column in t.inbox.primary_key.columns))
    .values({name: bindparam(f"b_{name}") for name in ("command", "society", "person", "reply", "state", "failure")})
)
"""Statements of every turn, made once: making them costs more than running them."""


class Mailbox:
    """The mailbox inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._question: list[swift.Row] | None = None

    @cached_property
    def keys(self) -> Keyring:
        """What opens and finds personal data."""
        return keys_of(self.connection)

    def _key_of(self, address: tuple[str, str, str]) -> dict[str, Any]:
        channel, account, sender = address
        return {"channel": channel, "account": account, "sender_index": self.keys.index(t.SENDER, sender)}

    def _at(self, table: Any, address: tuple[str, str, str]) -> Any:
        channel, account, sender = address
        return and_(table.c.channel == channel, table.c.account == account,
                    table.c.sender_index == self.keys.index(t.SENDER, sender))

    # Messages.

    def mark_of(self, channel: str, account: str, sender: str, key: str) -> str:
        """What a message is called in the books and in the outbox: nothing of its sender can be worked out from it."""
        return self.keys.mark("\x1f".join((channel, account, sender, key)))

    def claim(
        self, address: tuple[str, str, str], key: str, digest: str, kind: str, words: str, now: int,
        asking: Sequence[tuple[Any, dict[str, Any]]] = (), keep: Callable[[list[list[swift.Row]]], None] | None = None,
    ) -> Stored | None:
        """Take a message on: None the first time, what is stored of it from then on.

        On PostgreSQL a repeat that comes while the first still runs waits for its commit here. What the turn asks in
        any case (`asking`) goes along, and what it finds is given to `keep`.
        """
        channel, account, sender = address
        row = {
            "channel": channel, "account": account, "sender": sender, "key": key, "digest": digest, "kind": kind,
            "text": words, "received_at": now, "state": "claimed",
        }
        claimed = once(self.connection, t.inbox, [row], ("channel", "account", "sender_index", "key_index"))
        done, *found = swift.together(
            self.connection, [claimed, *((statement, [given]) for statement, given in asking)])
        if keep is not None:
            keep([one.rows for one in found])
        return None if done.count else self.stored(address, key)

    def stored(self, address: tuple[str, str, str], key: str) -> Stored | None:
        """What is stored of a message; None where it never came."""
        c = t.inbox.c
        found = self.connection.execute(
            select(*t.inbox.primary_key.columns, c.digest, c.state, c.reply, c.command).where(
                self._at(t.inbox, address), c.key_index == self.keys.index("message", key))
        ).first()
        if found is None:
            return None
        opened = self.keys.open_row(t.inbox, dict(found._mapping))
        return Stored(opened["digest"], opened["state"], opened["reply"], opened["command"])

    def finish(
        self, address: tuple[str, str, str], key: str, *, command: str, society: str, person: int, reply: str,
        state: str = "done", failure: str = "",
    ) -> None:
        """Keep the reply and what became of the message."""
        row = self.keys.seal_row(
            t.inbox, self._key_of(address) | {"key_index": self.keys.index("message", key), "reply": reply})
        swift.together(self.connection, [(FINISH, [{f"b_{name}": value for name, value in row.items()} | {
            "b_command": command, "b_society": society, "b_person": person, "b_state": state, "b_failure": failure}])])

    # The open question.

    def opening(self, address: tuple[str, str, str]) -> list[tuple[Any, dict[str, Any]]]:
        """What every turn asks of its address first: the open question."""
        return [(QUESTION, self._key_of(address))]

    def keep_opening(self, found: list[swift.Row]) -> None:
        """What that found, so that the turn finds it when it asks, once."""
        self._question = found

    def question(self, address: tuple[str, str, str]) -> Question | None:
        rows, self._question = self._question, None
        if rows is None:
            rows = swift.rows(self.connection, QUESTION, self._key_of(address))
        if not rows:
            return None
        names = [column.name for column in QUESTION.selected_columns]
        opened = self.keys.open_row(t.question, dict(zip(names, rows[0], strict=True)))
        return Question(**{name: opened[name] for name in Question.__dataclass_fields__})

    def ask(self, address: tuple[str, str, str], question: Question) -> None:
        """Open a question; it replaces the one before."""
        channel, account, sender = address
        row = {"channel": channel, "account": account, "sender": sender, **vars(question)}
        swift.together(self.connection, [
            (ANSWERED, [self._key_of(address)]), (OPEN, [self.keys.seal_row(t.question, row)])])

    def answered(self, address: tuple[str, str, str]) -> None:
        swift.together(self.connection, [(ANSWERED, [self._key_of(address)])])

    # Notices.

    def lease(self, now: int, lease_s: int, limit: int, lowest: int = 99) -> list[Waiting]:
        """Claim notices that are due, the most urgent first, within a priority by turns; `lowest` is the last priority.

        A lease that ran out counts as due again, and one from a clock that had jumped ahead. Workers on PostgreSQL
        skip each other's rows; on SQLite the transaction is the lock.
        """
        c = t.notice.c
        moment = self.moment(now)
        due = (
            select(c.id)
            .where(t.ON_ITS_WAY, c.priority <= lowest,
                   or_(and_(c.state == "waiting", c.not_before <= now),
                       and_(c.state == "leased",
                            or_(c.lease_until < moment, c.lease_until > moment + 10 * max(lease_s, 1)))))
            .order_by(c.priority, c.turn, c.id)
            .limit(limit)
        )
        if self.connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True)
        wanted = [row[0] for row in self.connection.execute(due)]
        if not wanted:
            return []
        before = self.connection.execute(
            select(*waiting_columns()).where(c.id.in_(wanted)).order_by(c.priority, c.id)
        ).all()
        taken, closed = [], []
        for row in before:
            try:
                taken.append(replace(to_waiting(self.keys, row), attempt=row.attempt + 1))
            except Moved:  # one row that somebody changed must not keep the others from leaving
                closed.append(row.id)
        if closed:
            self.connection.execute(update(t.notice).where(c.id.in_(closed)).values(
                state="failed", reason="does not open", done_at=now))
        self.connection.execute(
            update(t.notice).where(c.id.in_([one.id for one in taken])).values(
                state="leased", attempt=c.attempt + 1, lease_until=moment + lease_s
            )
        )
        return taken

    def moment(self, now: int) -> int:
        """The time leases are counted in: the server's where there is one, so that two machines need not agree."""
        if self.connection.dialect.name != "postgresql":
            return now
        return int(self.connection.execute(text("SELECT floor(extract(epoch FROM clock_timestamp()))")).scalar_one())

    def renew(self, held: Sequence[Waiting], now: int, lease_s: int) -> None:
        """Hold on to what is still being sent; what another worker has taken over stays theirs."""
        self._while_held(held, {"lease_until": self.moment(now) + lease_s} if held else {})

    def give_back(self, untried: Sequence[Waiting]) -> None:
        """Leased notices that were never begun wait again; the attempt does not count."""
        self._while_held(untried, {"state": "waiting", "attempt": t.notice.c.attempt - 1, "lease_until": 0})

    def _while_held(self, held: Sequence[Waiting], values: dict[str, Any]) -> None:
        c = t.notice.c
        if held:
            self.connection.execute(
                update(t.notice)
                .where(c.id == bindparam("b_id"), c.attempt == bindparam("b_attempt"), c.state == "leased")
                .values(values),
                [{"b_id": one.id, "b_attempt": one.attempt} for one in held],
            )

    def mark(self, marks: Sequence[dict[str, Any]]) -> None:
        """Write how attempts ended. Each mark: `id`, `attempt`, `state`, `reason`, `reference`, `not_before`,
        `done_at`, `sent_channel`, `segments`; one under an older attempt number changes nothing (a paused worker's
        late word)."""
        if not marks:
            return
        c = t.notice.c
        statement = (
            update(t.notice)
            .where(c.id == bindparam("b_id"), c.attempt == bindparam("b_attempt"), c.state == "leased")
            .values({
                name: bindparam(f"b_{name}")
                for name in ("state", "reason", "reference", "not_before", "done_at", "sent_channel", "segments")
            } | {"turn": case((bindparam("b_not_before") > c.turn, bindparam("b_not_before")), else_=c.turn),
                 "tries": case((bindparam("b_state") == "waiting", c.tries + 1), else_=c.tries)})
        )
        self.connection.execute(statement, [{f"b_{name}": value for name, value in one.items()} for one in marks])

    def delivery(self, notice_id: int, state: str, reason: str, now: int) -> bool:
        """The true end of a notice as its gateway reports it; what is final never goes back. False if unknown."""
        # A report may overtake the mark of its own sending, for a batch is marked when all of it has been sent.
        allowed = {"delivered": ("sent", "unknown", "leased"), "failed": ("sent", "unknown", "leased"),
                   "unknown": ("sent",), "sent": ("unknown",)}
        c = t.notice.c
        changed = self.connection.execute(
            update(t.notice).where(c.id == notice_id, c.state.in_(allowed[state])).values(
                state=state, reason=reason[:200], done_at=now,
                sent_channel=case((c.sent_channel == "", "sms"), else_=c.sent_channel),
            )
        )
        return changed.rowcount > 0

    def reachable(self, people: set[tuple[str, int]]) -> dict[tuple[str, int], list[tuple[str, str, str, bool]]]:
        """Addresses of people as (channel, account, sender, silent), for a whole batch in one statement."""
        c = t.address.c
        found: dict[tuple[str, int], list[tuple[str, str, str, bool]]] = {}
        if not people:
            return found
        societies = sorted({society for society, _ in people})
        numbers = sorted({number for _, number in people})
        rows = self.connection.execute(
            select(*t.address.primary_key.columns, c.sender, c.silent)
            .where(c.society.in_(societies), c.person.in_(numbers), c.ended_on.is_(None), c.away == 0)
            .order_by(c.bound_on.desc())
        )
        for row in rows:
            if (row.society, row.person) in people:
                try:
                    one = self.keys.open_row(t.address, dict(row._mapping))
                except Moved:  # somebody put it there: it leads to nobody
                    continue
                found.setdefault((row.society, row.person), []).append(
                    (row.channel, row.account, one["sender"], row.silent))
        return found

    def notices_of(self, society: str, keys: Sequence[str]) -> list[Waiting]:
        """Notices by their keys, in the order they were made: what one message caused."""
        c = t.notice.c
        rows = self.connection.execute(
            select(*waiting_columns()).where(c.society == society, c.key.in_(keys)).order_by(c.id)
        )
        return [to_waiting(self.keys, row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many notices stand in each state."""
        rows = self.connection.execute(text("SELECT state, count(*) FROM notice GROUP BY state"))
        return {row[0]: int(row[1]) for row in rows}

    def given_up(self, states: Sequence[str], limit: int) -> list[tuple[int, str, str, str, int, str]]:
        """The newest notices of these states: number, society, words' key, state, attempts, reason; never words."""
        c = t.notice.c
        rows = self.connection.execute(
            select(c.id, c.society, c.say, c.state, c.attempt, c.reason).where(c.state.in_(states))
            .order_by(c.id.desc()).limit(limit)
        )
        return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]

    def again(self, numbers: Sequence[int], now: int) -> int:
        """Notices that were given up wait once more under their own reference; how many did."""
        c = t.notice.c
        done = self.connection.execute(
            update(t.notice).where(c.id.in_(numbers), c.state.in_(("failed", "unknown")))
            .values(state="waiting", not_before=0, turn=now, done_at=0, reason="", tries=0)
        )
        return int(done.rowcount)

    def oldest_due(self, now: int) -> int:
        """Seconds the oldest due notice has been waiting; 0 when none is."""
        row = self.connection.execute(
            text("SELECT min(CASE WHEN not_before > made_at THEN not_before ELSE made_at END) FROM notice"
                 " WHERE state IN ('waiting','leased') AND not_before <= :now"),
            {"now": now},
        ).scalar()
        return max(0, now - int(row)) if row else 0

    # Settings.

    def setting(self, name: str) -> str:
        return str(self.connection.execute(
            select(t.setting.c.value).where(t.setting.c.name == name)).scalar() or "")

    def settings(self, prefix: str) -> list[tuple[str, str]]:
        """Every setting whose name begins so."""
        c = t.setting.c
        rows = self.connection.execute(select(c.name, c.value).where(c.name.startswith(prefix)).order_by(c.name))
        return [(row[0], row[1]) for row in rows]

    def set_setting(self, name: str, value: str) -> None:
        self.connection.execute(delete(t.setting).where(t.setting.c.name == name))
        self.connection.execute(insert(t.setting).values(name=name, value=value))
