"""How measured rows are told: as text or JSON, and a group that fails beside the others."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from flowlab.bench.effort import QUICK, Effort
from flowlab.bench.report import Row, at_most
from flowlab.commands.bench import command
from flowlab.core.document.limits import Invalid

Capture = pytest.CaptureFixture[str]
EFFORTS: list[Effort] = []


def good(effort: Effort) -> Iterator[Row]:
    """Two made-up rows."""
    EFFORTS.append(effort)
    yield Row("small enough", 1.0, "s", at_most(2.0))
    yield Row("too large", 3.0, "s", at_most(2.0))


def bad(effort: Effort) -> Iterator[Row]:
    """Breaks."""
    raise OSError("no such thing\nat all")
    yield


@dataclass(frozen=True)
class Group:
    sentence: str
    rows: Callable[[Effort], Iterator[Row]]
    quick: bool = True


def arguments(**changed: object) -> argparse.Namespace:
    given = {"list": False, "plot": None, "only": None, "quick": True, "json": False}
    return argparse.Namespace(**{"force": False} | given | changed)


@pytest.fixture(autouse=True)
def _groups(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"bad": Group("breaks", bad), "good": Group("works", good, quick=False)}
    monkeypatch.setattr("flowlab.bench.groups.GROUPS", made)
    monkeypatch.setattr("flowlab.bench.machine.gflops", lambda *_: 100.0)
    EFFORTS.clear()


def test_the_exit_says_whether_all_was_measured(capsys: Capture) -> None:
    assert command(arguments(only="good")) == 0
    assert "1 of 2 goals met" in capsys.readouterr().out
    assert command(arguments(only="good,bad")) == 1
    said = capsys.readouterr()
    assert "not measured: no such thing" in said.out
    assert "at all" not in said.out
    assert "Not measured: bad." in said.err
    assert "1 of 2 goals met" in said.out


def test_as_json_every_line_is_an_object(capsys: Capture) -> None:
    assert command(arguments(only="good", json=True)) == 0
    machine, *rows = map(json.loads, capsys.readouterr().out.splitlines())
    assert machine["quick"] is True
    assert [(row["group"], row["value"], row["met"]) for row in rows] == [
        ("good", 1.0, True),
        ("good", 3.0, False),
    ]


def test_a_quick_run_is_of_the_quick_groups_with_less_effort(capsys: Capture) -> None:
    assert command(arguments()) == 1  # the quick group is the one that breaks
    assert EFFORTS == []
    command(arguments(only="good"))
    command(arguments(only="good", quick=False))
    assert [effort.quick for effort in EFFORTS] == [True, False]
    assert QUICK in EFFORTS
    capsys.readouterr()


def test_the_list_names_the_groups_and_measures_none(capsys: Capture) -> None:
    assert command(arguments(list=True)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bad        breaks",
        "good       works (not in a quick run)",
    ]
    assert EFFORTS == []


def test_what_cannot_be_drawn_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(Invalid, match=r"\.png"):
        command(arguments(plot="cost.pdf"))
    with pytest.raises(Invalid, match="no group 'teapot'"):
        command(arguments(only="teapot"))
    assert EFFORTS == []
