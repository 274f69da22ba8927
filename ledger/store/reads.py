"""The named reads of the books: what a handler, a job or a report may ask, each one statement.

None of them grows with history: balances come from the newest posting, everything else by its key or an index.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Text, TextClause, and_, bindparam, func, or_, select, text, type_coerce

from .. import charter as charters
from ..charter import Charter
from ..identity_records import Watchword
from ..records import (
    Address,
    Challenge,
    CharterVersion,
    Disclosure,
    Endorsement,
    Household,
    Loan,
    LoanInstalment,
    Matter,
    Office,
    Person,
    Quote,
    Society,
)
from ..rules import Pool, Standing
from ..terms import FUND_ACCOUNTS, Account, Status
from . import identity_tables, mastery, swift
from . import tables as t
from .mapping import TABLE_OF, to_record
from .sealing import Keyring, StaleKeys, keys_of, names_kept

R = TypeVar("R")

FEW = 6
"""Up to so many values, a list of them is a statement of its own."""

PROMISED = (Status.DISCLOSED, Status.CLEARED, Status.SIGNED)
WAITING = (Status.APPLIED, Status.VOUCHED, *PROMISED)


@dataclass(frozen=True)
class Known:
    """One person an address stands for, with household and offices."""

    address: Address
    person: Person
    household: Household | None
    offices: tuple[Office, ...]


@cache
def _whole(kind: Any) -> Select[Any]:
    return select(*TABLE_OF[kind].columns)


@cache
def _keyed(kind: Any, names: tuple[str, ...], among: str, order: tuple[str, ...], few: int = 0) -> Select[Any]:
    """The statement that every turn asks again: made once, for making it costs more than running it. `few` is how many
    values `among` has, where they are so few that each number of them has a statement of its own."""
    columns = TABLE_OF[kind].columns
    query = _whole(kind).where(*(columns[name] == bindparam(name) for name in names))
    if few:
        query = query.where(columns[among].in_([bindparam(f"among{place}") for place in range(few)]))
    elif among:
        query = query.where(columns[among].in_(bindparam("among", expanding=True)))
    return query.order_by(*(columns[name.removeprefix("-")].desc() if name[0] == "-" else columns[name]
                            for name in order))


KNOWN = (
    select(*t.address.columns, *t.person.columns, *t.household.columns, *t.office.columns)
    .select_from(t.address)
    .join(t.person, and_(t.person.c.society == t.address.c.society, t.person.c.no == t.address.c.person))
    .outerjoin(
        t.household,
        and_(t.household.c.society == t.person.c.society, t.household.c.person == t.person.c.no,
             t.household.c.left_on.is_(None)),
    )
    .outerjoin(t.office, and_(t.office.c.society == t.person.c.society, t.office.c.person == t.person.c.no))
    .where(*(t.address.c[name] == bindparam(name) for name in ("channel", "account", "sender_index")),
           t.address.c.ended_on.is_(None))
    .order_by(t.address.c.bound_on, t.address.c.society, t.address.c.person)
)
"""Whom an address stands for: one look-up by its key, asked again by every turn."""
KNOWN_AT = {column.name: place for place, column in enumerate(t.address.columns)}
WORDS_AT = (
    select(*identity_tables.watchword.columns)
    .join(t.address, and_(t.address.c.society == identity_tables.watchword.c.society,
                          t.address.c.person == identity_tables.watchword.c.person))
    .where(*(t.address.c[name] == bindparam(name) for name in ("channel", "account", "sender_index")))
)
BALANCE = (
    select(t.posting.c.balance_fen)
    .where(t.posting.c.society == bindparam("society"), t.posting.c.account == bindparam("account"),
           t.posting.c.sub == bindparam("sub"))
    .order_by(t.posting.c.seq.desc(), t.posting.c.line.desc())
    .limit(1)
)


SOCIETIES_AT = (
    select(*t.society.columns).distinct().join(t.address, t.address.c.society == t.society.c.code)
    .where(*(t.address.c[name] == bindparam(name) for name in ("channel", "account", "sender_index")))
)
_MINE = and_(t.loan.c.society == bindparam("society"), t.loan.c.household == bindparam("household"),
             t.loan.c.status == Status.PAID_OUT.value)
LOANS_AT = select(*t.loan.columns).where(_MINE).order_by(t.loan.c.no)
INSTALMENTS_AT = (
    select(*t.loan_instalment.columns)
    .join(t.loan, and_(t.loan.c.society == t.loan_instalment.c.society, t.loan.c.no == t.loan_instalment.c.loan))
    .where(_MINE).order_by(t.loan_instalment.c.due_on, t.loan_instalment.c.n)
)
CHARTERS_AT = (
    select(t.charter_version.c.version, type_coerce(t.charter_version.c.body, Text))
    .join(t.loan, and_(t.loan.c.society == t.charter_version.c.society,
                       t.loan.c.charter_version == t.charter_version.c.version)).where(_MINE)
)
QUOTES_AT = (
    select(*t.quote.columns)
    .join(t.loan, and_(t.loan.c.society == t.quote.c.society, t.loan.c.no == t.quote.c.loan)).where(_MINE)
    .order_by(t.quote.c.on.desc())
)
_C = t.charter_version.c
CHARTER_ON = (
    select(type_coerce(_C.body, Text))
    .where(_C.society == bindparam("society"), or_(_C.since <= bindparam("on"), _C.version == 1))
    .order_by(_C.version.desc()).limit(1)
)
CALLED = (
    select(*t.household.columns, *t.person.columns)
    .join(t.person, and_(t.person.c.society == t.household.c.society, t.person.c.no == t.household.c.person))
    .where(t.household.c.society == bindparam("society"), t.household.c.left_on.is_(None))
    .where(or_(t.person.c.name == bindparam("name"), t.household.c.head == bindparam("name")))
    .order_by(t.person.c.name != bindparam("name"), t.household.c.no)
)
PEOPLE_CALLED = text(
    "SELECT name FROM person WHERE society = :society UNION SELECT head FROM household WHERE society = :society")
CHARTER_BODY = select(type_coerce(t.charter_version.c.body, Text)).where(
    t.charter_version.c.society == bindparam("society"), t.charter_version.c.version == bindparam("version"))


@lru_cache(256)
def _charter_in(body: str) -> Charter:
    """The charter of a body as it is kept: most societies have the same, and reading one costs as much as a turn."""
    return charters.from_body(json.loads(body))


def _read_charter(body: object) -> Charter:
    return _charter_in(json.dumps(body, ensure_ascii=False, sort_keys=True))


class Reads:
    """Reads inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._charters: dict[tuple[str, int], Charter] = {}
        self._ahead: dict[tuple[Any, tuple[tuple[str, Any], ...]], list[swift.Row]] = {}

    def _find(self, kind: Callable[..., R], /, *, last: str = "", **key: Any) -> R | None:
        """The record with this key, or the one of several that is the `last` by a column."""
        rows = self.rows(_keyed(kind, tuple(key), "", (f"-{last}",) if last else ()), key)
        return to_record(self.keys, kind, rows[0]) if rows else None

    def _list(
        self, kind: Callable[..., R], order: tuple[str, ...], among: str = "", values: Iterable[Any] = (), /, **key: Any
    ) -> list[R]:
        """The records with this key; `among` names a column whose value is one of `values`."""
        wanted = list(values)
        found: Iterable[Any]
        if not among or 0 < len(wanted) <= FEW:
            given = key | {f"among{place}": value for place, value in enumerate(wanted)}
            found = self.rows(_keyed(kind, tuple(key), among, order, len(wanted)), given)
        else:
            found = self.connection.execute(_keyed(kind, tuple(key), among, order), key | {"among": wanted})
        return [to_record(self.keys, kind, row) for row in found]

    def rows(self, statement: Select[Any] | TextClause, given: dict[str, Any]) -> list[swift.Row]:
        """What a statement that is made once finds, or found when it was asked ahead in this transaction."""
        if self._ahead:
            known = self._ahead.get((statement, tuple(given.items())))
            if known is not None:
                return known
        return swift.rows(self.connection, statement, given)

    def look_ahead(self, *asked: tuple[Select[Any] | TextClause, dict[str, Any]]) -> None:
        """Ask for what is about to be asked one by one; on PostgreSQL that is one round trip instead of many."""
        found = swift.together(self.connection, [(statement, [given]) for statement, given in asked])
        for (statement, given), done in zip(asked, found, strict=True):
            self._ahead[statement, tuple(given.items())] = done.rows

    def forget(self) -> None:
        """What was asked ahead may have changed: a lock was taken or something was written."""
        self._ahead.clear()

    @cached_property
    def keys(self) -> Keyring:
        """What opens and finds personal data."""
        return keys_of(self.connection)

    def _one(self, kind: Callable[..., R], *where: Any) -> R | None:
        row = self.connection.execute(_whole(kind).where(*where)).first()
        return to_record(self.keys, kind, row) if row else None

    def _all(self, kind: Callable[..., R], *where: Any, order: Sequence[Any] = ()) -> list[R]:
        rows = self.connection.execute(_whole(kind).where(*where).order_by(*order))
        return [to_record(self.keys, kind, row) for row in rows]

    # People.

    def known(self, channel: str, account: str, sender: str) -> list[Known]:
        """Everybody an address stands for, the longest bound first."""
        found: dict[tuple[str, int], Known] = {}
        widths = [len(table.columns) for table in (t.address, t.person, t.household)]
        for row in self.rows(KNOWN, self._at(channel, account, sender)):
            at_person, at_household, at_office = widths[0], sum(widths[:2]), sum(widths)
            address = to_record(self.keys, Address, row)
            known = found.get((address.society, address.person))
            if known is None:
                home = to_record(self.keys, Household, row, at_household) if row[at_household] is not None else None
                known = Known(address, to_record(self.keys, Person, row, at_person), home, ())
            if row[at_office] is not None:
                office = to_record(self.keys, Office, row, at_office)
                known = Known(address, known.person, known.household, (*known.offices, office))
            found[address.society, address.person] = known
        if not found:
            self._demand_newest_keys()
        return list(found.values())

    def _at(self, channel: str, account: str, sender: str) -> dict[str, Any]:
        return {"channel": channel, "account": account, "sender_index": self.keys.index(t.SENDER, sender)}

    def opening(self, address: tuple[str, str, str]) -> list[tuple[Any, dict[str, Any]]]:
        """What every turn asks of its address first: who it is, and the societies they are of."""
        given = self._at(*address)
        return [(KNOWN, given), (SOCIETIES_AT, given), (mastery.SETTING, {"name": mastery.MASTER})]

    def opening_words(self, address: tuple[str, str, str]) -> list[tuple[Any, dict[str, Any]]]:
        """And the words that those of this address put behind what we say (暗号)."""
        return [(WORDS_AT, self._at(*address))]

    def keep(self, statement: Any, given: dict[str, Any], rows: list[swift.Row]) -> None:
        """What a question found that was asked together with others."""
        self._ahead[statement, tuple(given.items())] = rows

    def keep_opening(self, address: tuple[str, str, str], found: Sequence[list[swift.Row]]) -> None:
        """What that found, so that the turn finds it when it asks."""
        for (statement, given), rows in zip(self.opening(address), found, strict=False):
            self._ahead[statement, tuple(given.items())] = rows
        by_code = _keyed(Society, ("code",), "", ())
        for row in found[1]:
            self._ahead[by_code, (("code", row[0]),)] = [row]
        word = _keyed(Watchword, ("society", "person"), "", ())
        society, person = (KNOWN_AT[name] for name in ("society", "person"))
        for row in found[0]:
            key = (("society", row[society]), ("person", row[person]))
            self._ahead[word, key] = [one for one in found[3] if (one[0], one[1]) == (row[society], row[person])]

    def look_ahead_at(
        self, society: str, household: str, places: Sequence[tuple[str, str]], *, paying: bool = False
    ) -> None:
        """A household's open loan with its instalments and its charter, the balances of some places and, where it is
        `paying`, itself and its quote: asked together for a handler that will ask for them one by one."""
        mine = {"society": society, "household": household}
        asked: list[tuple[Any, dict[str, Any]]] = [
            (LOANS_AT, mine), (INSTALMENTS_AT, mine), (CHARTERS_AT, mine), *([(QUOTES_AT, mine)] if paying else []),
            *((BALANCE, {"society": society, "account": str(account), "sub": sub}) for account, sub in places),
        ]
        if paying:
            asked.append((_keyed(Household, ("society", "no"), "", ()), {"society": society, "no": household}))
        done = swift.together(self.connection, [(statement, [given]) for statement, given in asked])
        loans, rows, bodies, *others = [one.rows for one in done]
        by_loan = _keyed(LoanInstalment, ("society", "loan"), "", ("due_on", "n"))
        status = _keyed(Loan, ("society", "household"), "status", ("no",), 1)
        self._ahead[status, (*mine.items(), ("among0", str(Status.PAID_OUT)))] = loans
        for loan in loans:
            key = (("society", society), ("loan", loan[1]))
            self._ahead[by_loan, key] = [row for row in rows if row[1] == loan[1]]
            if paying:
                self._ahead[_keyed(Quote, ("society", "loan"), "", ("-on",)), key] = [
                    row for row in others[0] if row[1] == loan[1]]
        for version, body in bodies:
            self._ahead[CHARTER_BODY, (("society", society), ("version", version))] = [(body,)]
        for (statement, given), found in zip(asked[3 + paying:], others[int(paying):], strict=True):
            self._ahead[statement, tuple(given.items())] = found

    def _demand_newest_keys(self) -> None:
        """Before somebody counts as a stranger: is this process's index key the one the database is indexed under?"""
        names = names_kept(self.connection, there=True)
        if names and names.split()[0] != self.keys.names.split()[0]:
            raise StaleKeys

    def society(self, code: str) -> Society | None:
        return self._find(Society, code=code)

    def societies(self) -> list[Society]:
        return self._all(Society, order=(t.society.c.code,))

    def charter(self, society: str, version: int | None = None, on: date | None = None) -> Charter:
        """A version of the charter, or the newest that holds on `on`."""
        if version is None and on is not None:
            return _charter_in(self.rows(CHARTER_ON, {"society": society, "on": on})[0][0])
        if version is None:
            return _read_charter(self.charter_version(society, version, on).body)
        if (society, version) not in self._charters:  # a version never changes
            rows = self.rows(CHARTER_BODY, {"society": society, "version": version})
            assert rows, "every society has a charter"
            self._charters[society, version] = _charter_in(rows[0][0])
        return self._charters[society, version]

    def charter_version(self, society: str, version: int | None = None, on: date | None = None) -> CharterVersion:
        c = t.charter_version.c
        where = [c.society == society]
        if version is not None:
            where.append(c.version == version)
        if on is not None:
            where.append(or_(c.since <= on, c.version == 1))
        found = self.connection.execute(
            _whole(CharterVersion).where(*where).order_by(c.version.desc()).limit(1)
        ).first()
        assert found is not None, "every society has a charter"
        return to_record(self.keys, CharterVersion, found)

    def charter_versions(self) -> list[CharterVersion]:
        """Every version of every society's charter: what the daily round decides by."""
        return self._all(CharterVersion, order=(t.charter_version.c.society, t.charter_version.c.version))

    def person(self, society: str, no: int) -> Person | None:
        return self._find(Person, society=society, no=no)

    def people(self, society: str, numbers: Collection[int] | None = None) -> dict[int, Person]:
        where = [t.person.c.society == society]
        if numbers is not None:
            where.append(t.person.c.no.in_(sorted(numbers)))
        return {one.no: one for one in self._all(Person, *where, order=(t.person.c.no,))}

    def household(self, society: str, no: str) -> Household | None:
        return self._find(Household, society=society, no=no)

    def households(self, society: str) -> list[Household]:
        return self._all(Household, t.household.c.society == society, order=(t.household.c.no,))

    def members_named(self, society: str, name: str) -> list[tuple[Household, Person]]:
        """Households whose member or head is called so, and who have not left."""
        width = len(t.household.columns)
        return [
            (to_record(self.keys, Household, row), to_record(self.keys, Person, row, width))
            for row in self.rows(CALLED, {"society": society, "name": name})
        ]

    def names(self, society: str) -> list[str]:
        """Every name a person of this society may be called by."""
        return [row[0] for row in self.rows(PEOPLE_CALLED, {"society": society})]

    def officers(self, society: str) -> list[tuple[Office, Person]]:
        query = (
            select(*t.office.columns, *t.person.columns)
            .join(t.person, and_(t.person.c.society == t.office.c.society, t.person.c.no == t.office.c.person))
            .where(t.office.c.society == society)
            .order_by(t.office.c.rank, t.office.c.since, t.person.c.no)
        )
        width = len(t.office.columns)
        return [
            (to_record(self.keys, Office, row), to_record(self.keys, Person, row, width))
            for row in self.connection.execute(query)
        ]

    def addresses(self, society: str, person: int) -> list[Address]:
        c = t.address.c
        where = (c.society == society, c.person == person, c.ended_on.is_(None))
        return self._all(Address, *where, order=(c.channel, c.bound_on))

    # Groups and loans.

    def standings(self, society: str, group_name: str, today: date) -> tuple[Standing, ...]:
        """How every household of a group stands: loans, applications, guarantees, days late."""
        query = text(
            "SELECT h.no, h.person, p.name,"
            " (SELECT count(*) FROM loan l WHERE l.society = h.society AND l.household = h.no"
            "   AND l.status = 'paid_out'),"
            " (SELECT count(*) FROM loan l WHERE l.society = h.society AND l.household = h.no"
            "   AND l.status IN ('applied','vouched','disclosed','cleared','signed')),"
            " (SELECT count(*) FROM loan l JOIN household b ON b.society = l.society AND b.no = l.household"
            "   WHERE l.society = h.society AND b.group_name = h.group_name AND (l.payer_one = h.no OR"
            "   l.payer_two = h.no) AND l.status IN ('vouched','disclosed','cleared','signed','paid_out')),"
            " (SELECT min(i.due_on) FROM loan l JOIN loan_instalment i ON i.society = l.society AND i.loan = l.no"
            "   WHERE l.society = h.society AND l.household = h.no AND l.status = 'paid_out' AND i.due_on < :today"
            "   AND i.paid_principal_fen + i.paid_fee_fen + i.charge_paid_fen"
            "   < i.principal_fen + i.fee_fen + i.charge_fen)"
            " FROM household h JOIN person p ON p.society = h.society AND p.no = h.person"
            " WHERE h.society = :society AND h.group_name = :group AND h.left_on IS NULL ORDER BY h.no"
        )
        rows = self.connection.execute(query, {"society": society, "group": group_name, "today": str(today)}).all()
        homes = {
            home.no: home
            for home in self._all(
                Household, t.household.c.society == society, t.household.c.group_name == group_name,
                t.household.c.left_on.is_(None),
            )
        }
        return tuple(
            Standing(
                homes[row[0]], row[2], row[3], row[4], row[5],
                (today - date.fromisoformat(row[6])).days if row[6] else 0,
            )
            for row in rows
        )

    def next_loan_no(self, society: str) -> int:
        found = self.connection.execute(select(func.max(t.loan.c.no)).where(t.loan.c.society == society)).scalar()
        return int(found or 0) + 1

    def loan(self, society: str, no: int) -> Loan | None:
        return self._find(Loan, society=society, no=no)

    def loans_of(self, society: str, household: str, statuses: Iterable[str] | None = None) -> list[Loan]:
        if statuses is None:
            return self._list(Loan, ("no",), society=society, household=household)
        return self._list(Loan, ("no",), "status", map(str, statuses), society=society, household=household)

    def loans_in(self, society: str, statuses: Iterable[str]) -> list[Loan]:
        return self._list(Loan, ("no",), "status", map(str, statuses), society=society)

    def all_loans(self, society: str) -> list[Loan]:
        return self._all(Loan, t.loan.c.society == society, order=(t.loan.c.no,))

    def instalments(self, society: str, loan: int) -> list[LoanInstalment]:
        return self._list(LoanInstalment, ("due_on", "n"), society=society, loan=loan)

    def instalments_of(self, society: str, loans: Collection[int]) -> dict[int, list[LoanInstalment]]:
        found: dict[int, list[LoanInstalment]] = {no: [] for no in loans}
        for row in self._list(LoanInstalment, ("loan", "due_on", "n"), "loan", sorted(loans), society=society):
            found[row.loan].append(row)
        return found

    def loans_numbered(self, society: str, numbers: Collection[int]) -> dict[int, Loan]:
        return {one.no: one for one in self._list(Loan, (), "no", sorted(numbers), society=society)}

    def all_instalments(self, society: str) -> dict[int, list[LoanInstalment]]:
        c = t.loan_instalment.c
        found: dict[int, list[LoanInstalment]] = {}
        for row in self._all(LoanInstalment, c.society == society, order=(c.loan, c.due_on, c.n)):
            found.setdefault(row.loan, []).append(row)
        return found

    def settled_count(self, society: str, household: str) -> int:
        """Loans of the household that were paid out and ended: the next one is not the first."""
        query = select(func.count()).where(
            t.loan.c.society == society, t.loan.c.household == household, t.loan.c.status == Status.SETTLED
        )
        return int(self.connection.execute(query).scalar() or 0)

    def endorsements(self, society: str, loan: int, kind: str | None = None) -> list[Endorsement]:
        only = {"kind": kind} if kind else {}
        return self._list(Endorsement, ("kind", "rank"), society=society, loan=loan, **only)

    def asked_of(self, society: str, person: int, kind: str) -> list[Loan]:
        """Loans on their way where this person was asked and has not answered yet."""
        query = (
            _whole(Loan)
            .join(t.endorsement,
                  and_(t.endorsement.c.society == t.loan.c.society, t.endorsement.c.loan == t.loan.c.no))
            .where(t.endorsement.c.society == society, t.endorsement.c.person == person, t.endorsement.c.kind == kind,
                   t.endorsement.c.answer == "", t.loan.c.status.in_([str(one) for one in WAITING]))
            .order_by(t.loan.c.no)
        )
        return [to_record(self.keys, Loan, row) for row in self.connection.execute(query)]

    def challenge(self, society: str, loan: int, person: int) -> Challenge | None:
        """The newest code given to this person for this loan."""
        return self._find(Challenge, last="issue", society=society, loan=loan, person=person)

    def disclosure_of(self, society: str, loan: int) -> Disclosure | None:
        c = t.disclosure.c
        row = self.connection.execute(
            _whole(Disclosure).where(c.society == society, c.loan == loan).order_by(c.no.desc()).limit(1)
        ).first()
        return to_record(self.keys, Disclosure, row) if row else None

    def disclosure(self, society: str, no: int) -> Disclosure | None:
        return self._one(Disclosure, t.disclosure.c.society == society, t.disclosure.c.no == no)

    def disclosures(self, society: str, limit: int = 50) -> list[Disclosure]:
        c = t.disclosure.c
        query = _whole(Disclosure).where(c.society == society).order_by(c.no.desc()).limit(limit)
        return [to_record(self.keys, Disclosure, row) for row in self.connection.execute(query)]

    def next_disclosure_no(self, society: str) -> int:
        query = select(func.max(t.disclosure.c.no)).where(t.disclosure.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    def matter(self, society: str, no: int) -> Matter | None:
        return self._one(Matter, t.matter.c.society == society, t.matter.c.no == no)

    def open_matters(self, society: str, loan: int | None = None) -> list[Matter]:
        where = [t.matter.c.society == society, t.matter.c.answered_on.is_(None)]
        if loan is not None:
            where.append(t.matter.c.loan == loan)
        return self._all(Matter, *where, order=(t.matter.c.no,))

    def next_matter_no(self, society: str) -> int:
        query = select(func.max(t.matter.c.no)).where(t.matter.c.society == society)
        return int(self.connection.execute(query).scalar() or 0) + 1

    # Money.

    def balance(self, society: str, account: str, sub: str) -> int:
        """The running balance of one place, debit positive, in fen."""
        rows = self.rows(BALANCE, {"society": society, "account": str(account), "sub": sub})
        return int(rows[0][0]) if rows else 0

    def totals(self, society: str) -> dict[str, int]:
        """The running total of every account, debit positive, in fen: one look-up each."""
        values = ", ".join(f"('{account.value}')" for account in Account)
        query = text(
            f"WITH want(account) AS (VALUES {values}) SELECT account, (SELECT total_fen FROM posting p"  # noqa: S608
            " WHERE p.society = :society AND p.account = want.account ORDER BY p.seq DESC, p.line DESC LIMIT 1)"
            " FROM want"
        )
        return {row[0]: int(row[1] or 0) for row in self.connection.execute(query, {"society": society})}

    def pool(self, society: str) -> Pool:
        totals = self.totals(society)
        query = select(func.coalesce(func.sum(t.loan.c.amount_fen), 0)).where(
            t.loan.c.society == society, t.loan.c.status.in_([str(one) for one in PROMISED])
        )
        promised = int(self.connection.execute(query).scalar() or 0)
        fund = -sum(totals[account] for account in FUND_ACCOUNTS)
        return Pool(fund, totals[Account.LOANS], promised, totals[Account.CASH], totals[Account.BANK])
