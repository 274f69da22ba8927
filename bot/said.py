"""What became of an order, for a client with forms: the words a person would have read, and the same in fields.

It is the stored reply of such a message, so that a repeat gets the identical answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot import texts
from handlers.table import CODE
from ledger.records import Refusal
from ledger.store.mailbox import Question

DONE, ASKED, REFUSED, FAILED = "done", "asked", "refused", "failed"
SHOWN = frozenset({
    "loan", "entry", "item", "page", "months", "days", "plan", "status", "fee_ppm_month", "count", "left", "asked",
    "on", "due_on", "until_on", "closes_on", "hour", "hours",
})
"""Facts that a client is given beside the words; money too, by the ending of its name. Names and codes stay words."""


@dataclass
class Said:
    """Filled while the turn runs. `why` is the key of the last words that were not a row's own; `facts` are a row's."""

    outcome: str = REFUSED
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()

    def document(self, words: str, question: Question | None, own: str) -> str:
        """The stored reply. `question` is what is open now, `own` the id it has if this very message opened it."""
        outcome = self.outcome
        if outcome == REFUSED and question is not None and question.nonce == own:
            outcome = ASKED
        told = {
            "outcome": outcome,
            "why": "" if outcome == DONE else self.why or ("refused" if self.refusals else ""),
            "text": words,
            "facts": plain(self.facts),
            "refusals": [{"key": one.key, "text": texts.refused([one]), "facts": plain(one.facts)}
                         for one in self.refusals],
            "question": None if question is None else asked(question),
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True)


def asked(question: Question) -> dict[str, Any]:
    """The open question as a client shows it; its id is what an answer names."""
    choice = question.wants == "choice"
    return {
        "id": question.nonce,
        "command": question.command,
        "wants": {"one": "yes", CODE: "code", "gap": "value"}.get(question.wants, question.wants),
        "choices": [{"answer": str(n), "text": one["says"][0]} for n, one in enumerate(question.slots["choices"], 1)]
        if choice else [],
        "missing": list(question.slots["asked"]) if question.wants == "gap" else [],
        "expires_at": question.expires_at,
    }


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that may be shown, as JSON has them: money in whole fen, days as ISO."""
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if name in SHOWN or name.endswith("_fen"):
            if isinstance(value, date):
                found[name] = value.isoformat()
            elif isinstance(value, str | int):
                found[name] = str(value) if isinstance(value, str) else value
    return found
