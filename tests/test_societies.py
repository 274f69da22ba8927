"""Whole societies lived at random on both databases: what each step changed is proved, and everything at each end.

Hypothesis chooses the steps and shrinks what breaks; the society stands in torture/societies.py, its invariants in
torture/proofs.py. 50,000 steps in all; `HUZHU_STEPS` asks for another number.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ledger.store.store import Store
from tests.torture.societies import Society, fresh, one_life

STEPS = int(os.environ.get("HUZHU_STEPS", "50000"))
EACH = 100
SHARES = [("sqlite", "one", 300), ("sqlite", "two", 300), ("postgresql", "one", 200), ("postgresql", "two", 200)]
"""(database, which part, its share of the steps in permille): four parts, so that two processors have them done
sooner; PostgreSQL lives half as fast."""
NAMES = [step.__name__ for step, weight in Society.STEPS for _ in range(max(1, weight // 2))]


class _Over(Exception):
    pass


def machine_over(store: Store, steps: int, counted: list[int]) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        """One society in a transaction that is rolled back at the end; none once all steps have been lived."""

        def __init__(self) -> None:
            super().__init__()
            self.stack, self.society, self.well = ExitStack(), None, True

        society: Society | None

        @initialize(seed=st.integers(0, 10**6))
        def begin(self, seed: int) -> None:
            if counted[0] < steps:
                self.well = False
                self.stack.enter_context(pytest.raises(_Over))
                self.society = Society(self.stack.enter_context(store.write()), random.Random(seed))
                self.society.open()
                self.well = True

        @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 10**6))
        def live(self, name: str, seed: int) -> None:
            if self.society is not None:
                self.society.rng, self.well = random.Random(seed), False
                self.society.step(name)
                self.society.proof.step()
                self.well = True
                counted[0] += 1

        def teardown(self) -> None:
            with self.stack:
                if self.society is not None:
                    if self.well:
                        self.society.end(store)
                    raise _Over

    return Life


@pytest.mark.parametrize(("database", "part", "permille"), SHARES)
def test_nothing_a_society_does_breaks_its_books(
    request: pytest.FixtureRequest, database: str, part: str, permille: int
) -> None:
    steps, counted = STEPS * permille // 1000, [0]
    url = request.getfixturevalue("sqlite_quick" if database == "sqlite" else "postgres_url")
    with fresh(str(url)) as store:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine_over(store, steps, counted),
            settings=settings(
                max_examples=steps // EACH * 2 + 1, stateful_step_count=EACH, deadline=None, print_blob=True,
                suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink),
                database=None,
            ),
        )
    assert counted[0] >= steps, f"only {counted[0]} of {steps} steps were lived"


@pytest.mark.parametrize("seed", [600000, 100002, 200006])
def test_lives_that_once_went_wrong(tmp_path: Path, seed: int) -> None:
    """Seeds that found mistakes: a reversed part payment divided a period; its row was emptied while it stood."""
    with fresh(f"sqlite:///{tmp_path / 'life.db'}") as store:
        assert one_life(store, seed, 60).steps
