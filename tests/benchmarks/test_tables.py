"""The files that are read by the benchmark all hold the same points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.bench import tables
from flowlab.bench.effort import QUICK
from flowlab.files.points import read_points


@pytest.mark.parametrize("kind", list(tables._KINDS))
def test_every_kind_holds_the_points(tmp_path: Path, kind: str) -> None:
    xy = np.random.default_rng(0).normal(size=(300, 2))
    (tmp_path / "a.csv").write_bytes(tables._KINDS[kind](xy))
    scale = 1e6 if "thousands" in kind else 1.0
    read = read_points(tmp_path / "a.csv").points.values / scale
    assert np.allclose(read, xy, rtol=1e-6, atol=1e-8)


def test_every_kind_is_a_row_with_a_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS", 200)
    numpy, *rows = tables.rows(QUICK)
    assert numpy.value is not None
    assert [row.name for row in rows] == list(tables._KINDS)
    assert all(row.met is not None and "times numpy.loadtxt" in row.note for row in rows)
    formerly = {row.name: row.note.split(", ")[1] for row in rows}
    refused = {name for name, words in formerly.items() if words == "refused formerly"}
    assert refused == {"tabs, UTF-16", "classes as words", "grouped thousands"}


def test_the_former_reader_reads_the_plain_kinds(tmp_path: Path) -> None:
    xy = np.random.default_rng(0).normal(size=(300, 2))
    for kind in ("commas", "semicolons and decimal commas", "blanks, aligned"):
        (tmp_path / "a.csv").write_bytes(tables._KINDS[kind](xy))
        assert np.allclose(tables.former(tmp_path / "a.csv"), xy, rtol=1e-6, atol=1e-8), kind
