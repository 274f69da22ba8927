"""A report: the sums of a scope from the books, made into the contract's figures with the flags of supervision."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.clock import Clock
from ledger import charter as charters
from ledger import supervision
from ledger.reports import contract_figures
from ledger.store.figures import figures, scope_where
from ledger.store.mailbox import Mailbox
from ledger.store.store import Store

from . import cash


def report(store: Store, clock: Clock, scope: str, on: date | None) -> dict[str, Any]:
    """The figures of contract.md section 6. Raises UnknownScope for a place that is not in the books."""
    with store.read() as books:
        day = on or clock.today(Mailbox(books.connection))
        sums = figures(books, scope, day)
        one_society = scope != "all" and "s.code" in scope_where(books, scope)[0]
        charter = books.charter(scope, None, day) if one_society else charters.from_body(charters.body_of(""))
        sums.flags = supervision.risks(sums, charter.alert)
        if one_society:
            sums.flags += cash.flags(books, scope, day)
            loans = books.all_loans(scope)
            sums.flags += supervision.beyond_charter(charter, books.households(scope), loans)
            sums.flags += supervision.dear(charter, day)
            sums.flags += supervision.standing(charter, loans, books.all_instalments(scope), day)
        return contract_figures(sums)
