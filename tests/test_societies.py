"""Whole societies lived at random on both databases, every invariant after every step; `HUZHU_STEPS` says how many.

Hypothesis chooses the steps and shrinks what breaks; the society and its invariants stand in torture/societies.py.
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

from tests.torture.societies import Society, check, fresh, one_life

STEPS = int(os.environ.get("HUZHU_STEPS", "400"))
EACH = 25
NAMES = [step.__name__ for step, weight in Society.STEPS for _ in range(max(1, weight // 4))]


class _Over(Exception):
    pass


def machine_over(url: str, counted: list[int]) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        """One society in a transaction that is rolled back at the end."""

        def __init__(self) -> None:
            super().__init__()
            self.stack = ExitStack()

        @initialize(seed=st.integers(0, 10**6))
        def begin(self, seed: int) -> None:
            store = self.stack.enter_context(fresh(url))
            self.transaction = store.write()
            self.society = Society(self.transaction.__enter__(), random.Random(seed))
            self.society.open()
            check(self.society)

        @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 10**6))
        def live(self, name: str, seed: int) -> None:
            self.society.rng = random.Random(seed)
            self.society.step(name)
            check(self.society)
            counted[0] += 1

        def teardown(self) -> None:
            if hasattr(self, "transaction"):
                over = _Over()
                with pytest.raises(_Over):
                    self.transaction.__exit__(_Over, over, None) or (_ for _ in ()).throw(over)
            self.stack.close()

    return Life


def test_nothing_a_society_does_breaks_its_books(store_url: str) -> None:
    counted = [0]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine_over(store_url, counted),
        settings=settings(
            max_examples=max(1, STEPS // EACH), stateful_step_count=EACH, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink),
        ),
    )
    assert counted[0] >= min(STEPS // 2, 10)


@pytest.mark.parametrize("seed", [600000, 100002, 200006])
def test_lives_that_once_went_wrong(tmp_path: Path, seed: int) -> None:
    """Seeds that found mistakes: a reversed part payment divided a period; its row was emptied while it stood."""
    with fresh(f"sqlite:///{tmp_path / 'life.db'}") as store:
        assert one_life(store, seed, 60).steps
