"""What of these tests could not run is said in capitals at the end of the run."""

from __future__ import annotations

import pytest

from tests.processes import nodes


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if why := nodes.cannot():
        terminalreporter.section("DID NOT RUN", red=True, bold=True)
        terminalreporter.line(f"tests/processes/test_nodes.py: machines as network namespaces ({why})")
