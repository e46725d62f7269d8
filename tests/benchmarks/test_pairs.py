"""Pairs through a point are measured on an oracle of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowlab.bench import pairs
from flowlab.bench.effort import QUICK


def test_every_kind_of_oracle_is_a_row_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SIZES", ((1, 8), (5, 2)))
    rows = list(pairs.rows(QUICK))
    subjects = [f"{name} ({kind})" for kind, name in pairs.PRESETS.items()]
    assert list(dict.fromkeys(row.subject for row in rows)) == subjects
    assert [row.name for row in rows] == ["1 x 8", "5 x 2"] * 3
    assert all(row.value and row.value > 0 for row in rows)


def test_it_is_the_median_of_calls_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def clock() -> Iterator[float]:
        for start, spent in ((0.0, 0.002), (1.0, 0.004), (2.0, 0.9)):
            yield start
            yield start + spent

    ticks = clock()
    monkeypatch.setattr(pairs.time, "perf_counter", lambda: next(ticks))
    oracle = pairs.oracle_for(pairs.preset("eight_gaussians"))
    assert oracle is not None
    assert pairs._milliseconds(oracle, 2, 3, runs=3) == pytest.approx(4.0)
