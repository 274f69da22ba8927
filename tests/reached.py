"""Whether every row of the command table was reached by a talk or a case, asked when a whole run has ended.

The talks of a run are played by several processes, so that only the one that leads them can tell.
"""

from __future__ import annotations

from typing import Any

import pytest

_REACHED: dict[str, list[str]] = {}


def pytest_testnodedown(node: Any, error: object) -> None:
    """What one process of the run has reached."""
    _REACHED.update(getattr(node, "workeroutput", {}).get("reached", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run where all talks were played and a row was reached by none."""
    from handlers.table import TABLE
    from tests.test_talks import REACHED, TALKS
    from tests.test_twice import CASES

    mine = {name: sorted(commands) for name, commands in REACHED.items()}
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["reached"] = mine
        return
    _REACHED.update(mine)
    unreached = set(TABLE) - set(CASES) - set().union(*_REACHED.values())
    if len(_REACHED) >= len(TALKS) and unreached:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"no talk and no case reaches {', '.join(sorted(unreached))}", red=True)
