"""The command: its groups, its words, its JSON, the machine it describes, its picture."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from flowlab.bench import contenders, groups, machine, plot, race, training
from flowlab.bench.effort import Effort
from flowlab.bench.quality import Verdict
from flowlab.bench.report import Goal, Row, at_least, at_most, figure, lines, summary
from flowlab.cli import main


def fake_rows(effort: Effort) -> Iterator[Row]:
    """Made up."""
    yield Row("a number", 2.0, "s", at_most(3.0))
    yield Row("W2 2x", 0.25, "s", about="moons", subject="ours")
    yield Row("W2 2x", None, "s", at_most(1.0), about="moons", subject="theirs", beyond=8.0)
    yield Row("endless", math.inf)


def failing_rows(effort: Effort) -> Iterator[Row]:
    """Fails."""
    yield Row("the last", 1.0)
    raise RuntimeError("it broke")


@dataclass(frozen=True)
class FakeGroup:
    sentence: str
    rows: Callable[[Effort], Iterator[Row]]
    quick: bool = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"fake": FakeGroup("made up", fake_rows), "failing": FakeGroup("fails", failing_rows)}
    monkeypatch.setattr("flowlab.bench.groups.GROUPS", made)
    monkeypatch.setattr("flowlab.bench.machine.gflops", lambda *_: 100.0)


def test_list_names_every_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--list"]) == 0
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert named == list(groups.GROUPS)


@pytest.mark.parametrize("name", list(groups.GROUPS))
def test_every_group_is_there_and_says_what_it_shows(name: str) -> None:
    assert groups.GROUPS[name].rows.__doc__


def test_unknown_group_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "drawing,speed"]) == 2
    assert "no group 'speed'; try start" in capsys.readouterr().err


def test_plot_must_be_a_png(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--plot", "cost.pdf"]) == 2
    assert ".png" in capsys.readouterr().err


def test_only_keeps_the_order_of_the_table() -> None:
    assert list(groups.chosen("window, steps")) == ["steps", "window"]
    assert list(groups.chosen("shapes", quick=True)) == ["shapes"]


def test_quick_leaves_out_what_is_long() -> None:
    left_out = groups.GROUPS.keys() - groups.chosen(None, quick=True).keys()
    in_the_window = {"truth", "rooms", "morphing", "denoising", "bouncing", "responding"}
    assert left_out == {"sharing", "shapes", *in_the_window}
    assert list(groups.chosen(None)) == list(groups.GROUPS)


@pytest.mark.usefixtures("fake")
def test_json_holds_machine_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--quick", "--json"]) == 1
    said, *rows = map(json.loads, capsys.readouterr().out.splitlines())
    assert said["quick"] is True
    assert {"processor", "cores", "torch", "gflops_one", "load", "busy"} <= said["machine"].keys()
    first, ours, theirs, endless, last, failed = rows
    assert (first["group"], first["value"], first["goal"], first["met"]) == (
        "fake",
        2.0,
        "<= 3",
        True,
    )
    assert (ours["about"], ours["subject"], ours["met"]) == ("moons", "ours", None)
    assert (theirs["value"], theirs["beyond"], theirs["met"]) == (None, 8.0, False)
    assert endless["value"] is None
    assert (last["group"], last["failed"]) == ("failing", False)
    assert (failed["failed"], failed["value"]) == (True, None)
    assert failed["note"] == "not measured: it broke"


@pytest.mark.usefixtures("fake")
def test_rows_are_written_as_they_come(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watched(effort: Effort) -> Iterator[Row]:
        """Looks at what is written of its own rows."""
        for k in range(3):
            yield Row(f"row {k}", float(k), about="one table")
            seen.append("".join(capsys.readouterr()))

    monkeypatch.setattr("flowlab.bench.groups.GROUPS", {"watched": FakeGroup("watched", watched)})
    for options in ([], ["--json"]):
        assert main(["bench", *options]) == 0
    assert [f"row {k}" in words for k, words in enumerate(seen[:3])] == [True] * 3
    assert [json.loads(words.splitlines()[-1])["name"] for words in seen[4:]] == ["row 1", "row 2"]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("quick", [[], ["--quick"]])
def test_a_group_that_fails_in_any_way_is_a_row_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, quick: list[str]
) -> None:
    class Missing:
        sentence, quick = "its module is not there", True

        @property
        def rows(self) -> Callable[[Effort], Iterator[Row]]:
            raise ModuleNotFoundError("No module named 'peer'")

    def wrong(effort: Effort) -> Iterator[Row]:
        """Has a fault of its own."""
        yield Row("before", 1.0)
        raise KeyError("lost")

    made = {"missing": Missing(), "wrong": FakeGroup("wrong", wrong)}
    made["fake"] = FakeGroup("made up", fake_rows)
    monkeypatch.setattr("flowlab.bench.groups.GROUPS", made)
    assert main(["bench", *quick]) == 1
    said = capsys.readouterr()
    for words in ("ModuleNotFoundError No module named 'peer'", "KeyError 'lost'", "before"):
        assert words in said.out
    assert "1 of 2 goals met" in said.out
    assert "Not measured: missing, wrong." in said.err


@pytest.mark.usefixtures("fake")
def test_text_marks_goals_and_keeps_progress_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "fake"]) == 0
    said = capsys.readouterr()
    assert "met (goal <= 3)" in said.out
    assert "NOT MET (goal <= 1)" in said.out
    assert "1 of 2 goals met" in said.out
    assert "[1/1] 0 s: fake: made up" in said.err
    assert "[1/1]" not in said.out


def test_rows_about_one_thing_become_a_table() -> None:
    said = list(lines(fake_rows(Effort())))
    head = next(line for line in said if line.startswith("moons "))
    body = said[said.index(head) + 1 :][:2]
    assert head.split() == ["moons", "W2", "2x"]
    assert [line.split() for line in body] == [["ours", "0.25"], ["theirs", ">", "8"]]


def test_goals_judge_and_speak() -> None:
    assert (str(at_most(0.05)), str(at_least(100)), str(Goal(0.9, 1.1))) == (
        "<= 0.05",
        ">= 100",
        "0.9 to 1.1",
    )
    assert Row("", 2.0, goal=at_least(2.0)).met
    assert Row("", None, goal=at_most(2.0)).met is False
    assert Row("", 2.0).met is None
    assert summary([Row("", 2.0, goal=at_most(1.0)), Row("", 2.0)]) == "0 of 1 goals met"


def test_figures_have_three_digits() -> None:
    assert [figure(v) for v in (0.0123456, 12.3456, 1234.6, 0.0)] == [
        "0.0123",
        "12.3",
        "1,235",
        "0",
    ]


def test_machine_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.gflops(1, runs=1, side=64) > 0
    monkeypatch.setattr(machine, "gflops", lambda threads, runs: 50.0 * threads)
    found = machine.describe()
    assert found.processor
    assert found.cores >= found.threads >= 1
    assert (found.gflops_one, found.gflops_all) == (50.0, 50.0 * found.threads)
    assert found.processor in found.lines()[0]


def test_busy_machine_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "gflops", lambda threads, runs: 50.0)
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (99.0, 0.0, 0.0))
    assert "WARNING" in machine.describe().lines()[-1]
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert not machine.describe().busy


def test_plot_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "cost.png"
    plot.draw(path, [plot.Series("particles", [1e4, 1e5, 1e6], [0.1, 1.0, 10.0])] * 2)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1200, 560)
    blue = plot._DOT.rgb()
    assert any(image.pixel(x, y) == blue for x in range(0, 1200, 2) for y in range(0, 560, 2))


class FakeLoop:
    """Advances a count; its field is that count."""

    def __init__(self) -> None:
        self.count = 0

    def advance(self, block: int = 1) -> None:
        self.count += block

    @property
    def field(self) -> int:
        return self.count


def test_race_alternates_in_slices_and_judges_at_checkpoints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr(contenders.time, "perf_counter", lambda: next(clock) / 10)
    turns: list[str] = []

    class Judge:
        def judge(self, field: int, threads: int) -> Verdict:
            turns.append("judge")
            return Verdict(field, field, None)

    class Noted(FakeLoop):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def advance(self, block: int = 1) -> None:
            super().advance(block)
            if not turns or turns[-1] != self.name:
                turns.append(self.name)

    curves = [
        race.Curve(contenders.Contender(name, lambda name=name: Noted(name), threads=1), 0.5, last)
        for name, last in (("a", 4.0), ("b", 2.0))
    ]
    race.race(curves, Judge(), [2.0, 4.0], stop=False)  # type: ignore[arg-type]
    assert turns == ["a", "b", "a", "b", "judge", "judge", "a", "judge"]
    assert [len(curve.verdicts) for curve in curves] == [2, 1]
    assert curves[0].seconds == pytest.approx([2.0, 4.0])
    assert curves[0].verdicts[-1].sliced == 39  # 0.1 s a step; building took the first tenth


def curve(name: str, seconds: list[float], values: list[float]) -> race.Curve:
    contender = contenders.Contender(name, FakeLoop, threads=1)
    contender.seconds = seconds[-1]
    return race.Curve(
        contender, 0.0, 9.0, seconds, [Verdict(value, value, None) for value in values]
    )


def test_ratio_is_of_the_times_to_the_same_quality() -> None:
    ours = curve("ours", [0.1, 0.2, 0.4], [3.0, 1.4, 1.2])
    loop = curve("loop", [10.0, 20.0, 30.0], [9.0, 1.5, 1.5])
    (row,) = training.ratio_rows("8 Gaussians", [ours], "interpolants notebook loop", [loop])
    assert row.value == pytest.approx(20 / 0.2)
    assert row.met


def test_a_run_cut_short_bounds_the_ratio_and_decides_nothing() -> None:
    ours = curve("ours", [0.1, 0.2, 0.4], [3.0, 1.4, 1.2])
    loop = curve("loop", [2.0, 4.0], [9.0, 8.0])
    (row,) = training.ratio_rows("8 Gaussians", [ours], "interpolants notebook loop", [loop])
    assert row.value == pytest.approx(4 / 0.2)
    assert row.met is None
    assert "undecided" in row.note
    (row,) = training.ratio_rows("8 Gaussians", [loop], "interpolants notebook loop", [ours])
    assert row.value is None
    assert row.met is False
