"""Whether every row of the command table was reached by a talk or a case, and every refusal was given by our code to
some test, asked when a whole run has ended.

The tests of a run are played by several processes, so that only the one that leads them can tell.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ledger.records import Refusal

OURS = ("ledger", "handlers", "bot", "jobs")
HEADINGS = frozenset({"several"})
"""Words above several reasons, and no reason of their own."""
_REACHED: dict[str, list[str]] = {}
_REFUSED: set[str] = set()
_made = Refusal.__init__


def _noted(self: Refusal, key: str, *more: Any, **facts: Any) -> None:
    """Makes the refusal as ever, and notes its key where our own code and not a test asked for it."""
    if sys._getframe(1).f_globals.get("__name__", "").split(".")[0] in OURS:
        _REFUSED.add(key.replace(".", "_"))
    _made(self, key, *more, **facts)


Refusal.__init__ = _noted  # type: ignore[method-assign]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What one process of the run has reached; the hook is xdist's, and mutation testing runs without it."""
    output = getattr(node, "workeroutput", {})
    _REACHED.update(output.get("reached", {}))
    _REFUSED.update(output.get("refused", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run where all talks were played and a row was reached by none, or all tests and a refusal was."""
    from bot import texts
    from handlers.table import TABLE
    from tests.test_talks import REACHED, TALKS
    from tests.test_twice import CASES

    mine = {name: sorted(commands) for name, commands in REACHED.items()}
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["reached"], output["refused"] = mine, sorted(_REFUSED)
        return
    _REACHED.update(mine)
    unreached = set(TABLE) - set(CASES) - set().union(*_REACHED.values())
    if len(_REACHED) >= len(TALKS) and unreached:
        _fail(session, f"no talk and no case reaches {', '.join(sorted(unreached))}")
    whole = session.config.args_source == pytest.Config.ArgsSource.TESTPATHS and not session.config.option.keyword
    never = set(texts.words()["refusal"]) - _REFUSED - HEADINGS
    if whole and session.testscollected and not session.testsfailed and never:
        _fail(session, f"no test is refused with {', '.join(sorted(never))}")


def _fail(session: pytest.Session, why: str) -> None:
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(why, red=True)
