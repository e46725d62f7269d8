"""What the benchmark says of a window that waits: gaps, and undo of a training."""

from __future__ import annotations

import time

import numpy as np
import pytest

from flowlab.bench import responding
from flowlab.bench.effort import QUICK
from tests.helpers.forks import fork_engines


def test_a_gap_is_as_long_as_the_interpreter_is_held(qapp) -> None:
    numbers = np.random.default_rng(0).random(1_000_000).tolist()
    asleep = responding.gap_while(lambda: time.sleep(0.2))
    begun = time.perf_counter()
    sorted(numbers)  # one call in C, during which no other thread runs
    held = 1e3 * (time.perf_counter() - begun)
    assert responding.gap_while(lambda: sorted(numbers)) > 0.4 * held
    assert asleep < 100


def test_an_error_of_the_work_is_not_swallowed(qapp) -> None:
    with pytest.raises(RuntimeError, match="no such file"):
        responding.gap_while(lambda: open("/no such file"))  # noqa: SIM115


@pytest.mark.slow
def test_every_row_has_a_number_and_a_goal(monkeypatch: pytest.MonkeyPatch, qapp) -> None:
    fork_engines(monkeypatch)  # which start at once
    monkeypatch.setattr(responding, "READ", 3000)
    monkeypatch.setattr(responding, "TRAINED", 30)
    monkeypatch.setattr(responding, "TYPED", ("dpi",))
    rows = list(responding.rows(QUICK))
    assert len(rows) == 5
    assert all(row.value is not None and row.value > 0 and row.met is not None for row in rows)
