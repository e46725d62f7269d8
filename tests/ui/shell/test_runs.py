"""The list of this session's runs: what it lists, what it says of each, and which it opens."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.recipes import NOTEBOOK, RECIPES, with_recipe
from flowlab.core.document.shapes import Checkerboard, Moons, Picture, Ring
from flowlab.core.document.training import Training
from flowlab.core.estimates import Estimate
from flowlab.core.views.query import Samples
from flowlab.ui.shell.run_words import own_settings
from flowlab.ui.shell.runs_controller import RunsController
from flowlab.ui.shell.runs_dialog import EDGE, SIZE, Row, RunsDialog, duration, listed, words_of
from flowlab.ui.state.document_store import DocumentStore
from flowlab.work.kept import RunFacts
from flowlab.work.status import Status

WIDE = Network(width=128)


def facts(number: int, *, step: int = 100, own: float = 5.0, **figures: float) -> RunFacts:
    return RunFacts(
        number=number, step=step, seconds=own + 60, own_steps=step, own_seconds=own, **figures
    )


class Link:
    """An engine that knows the runs that the test says."""

    def __init__(self) -> None:
        self.runs: tuple[RunFacts, ...] = ()
        self.asked: list[Samples] = []

    def status(self) -> Status:
        return Status(runs=self.runs)

    def ask(self, query: Samples) -> None:
        self.asked.append(query)

    def answer(self, _kind: type, key: str) -> object:
        known = {query.key for query in self.asked}
        return SimpleNamespace(value=np.random.rand(50, 2)) if key in known else None  # noqa: NPY002


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_the_present_run_comes_first_and_short_ones_are_not_listed() -> None:
    runs = [facts(1), facts(2, own=0.2), facts(3, step=0), facts(4), facts(5, own=0.1)]
    assert [run.number for run in listed(runs, 5)] == [5, 4, 1]
    assert [run.number for run in listed(runs, None)] == [4, 1]


def test_a_row_says_what_was_trained_how_long_and_how_good_it_is() -> None:
    w2 = {"sliced_w2": Estimate(0.2351, 0.004), "sliced_w2_floor": Estimate(0.1, 0.01)}
    figures = facts(1, step=12_345, own=65.0, loss=Estimate(2.345678, 0.02), **w2)
    figures = replace(figures, sliced_w2_spread=0.03)
    document = Document(target=Moons())
    words = words_of(Row(document, figures, present=False))
    assert words[0].splitlines() == ["Gaussian → Two moons", "Independent · Linear path"]
    assert "FlowLab default" in words[1]
    assert words[2:] == (
        "12,345",
        "2 min 05 s",
        "2.35 ± 0.02",
        "0.235 ± 0.004\nof fresh samples 0.10 ± 0.01",
    )
    inherited = words_of(Row(document, replace(figures, own_steps=0), present=False))
    assert inherited[2] == "12,345\n0 like this"  # all of them with other settings
    earlier = words_of(Row(document, replace(figures, measured_at=7), present=False))
    assert earlier[-1].endswith("\nat step 7")  # measured before its last steps
    now = words_of(Row(document, replace(figures, measured_at=figures.step), present=False))
    assert "at step" not in now[-1]
    good = words_of(Row(document, replace(figures, sliced_w2=Estimate(0.09, 0.002)), present=False))
    assert good[-1] == "0.090 ± 0.002\nas good as fresh samples: 0.10 ± 0.01"
    bare = words_of(Row(replace(document, network=WIDE), facts(1), present=True))
    assert "open now" in bare[0]
    assert bare[1].splitlines() == ["Custom", "128 × 4 SiLU", "Predicts velocity"]
    assert bare[4:] == ("–", "–")


PAIRS = np.zeros((5, 4), np.float32)
NOISY = Path(kind="trigonometric", noise="brownian", clock="ends", level=0.5)
DIFFERENT = [
    Document(),
    Document(coupling=Coupling(kind="ot")),
    Document(coupling=Coupling(kind="ot", batch=64)),
    Document(coupling=Coupling(kind="reflow", pairs=PAIRS, generation=1)),
    Document(coupling=Coupling(kind="reflow", pairs=PAIRS, generation=2)),
    Document(path=Path(kind="preserving")),
    Document(path=NOISY),
    Document(path=replace(NOISY, level=0.25)),
    Document(path=Path(clock="late")),
    Document(network=Network(predicts="denoiser")),
    Document(network=Network(depth=5)),
    Document(network=Network(activation="tanh")),
    Document(network=Network(conditional=True)),
    Document(network=Network(kind="iadb")),
    Document(network=Network(precondition=False)),
    Document(training=Training(learning_rate=0.001)),
    Document(training=Training(learning_rate=0.001, optimiser="sgd", batch=512, objective="sum")),
    Document(target=Ring(std=0.3)),
    Document(target=Ring(radius=12.0, std=1.5)),
    Document(source=Checkerboard(half_width=2 / 0.45), target=Ring(std=0.1**0.25)),
    Document(target=Moons(radius=3.0)),
    Document(target=Picture(pixels=np.eye(4, dtype=np.float32), name="a " * 60 + ".png")),
    Document(seed=7),
    *(with_recipe(Document(), name) for name in RECIPES if name != "FlowLab default"),
]


def test_rows_of_different_trainings_differ_and_are_not_cut_off(qtbot: QtBot) -> None:
    rows = [words_of(Row(document, facts(1), False)) for document in DIFFERENT]
    assert len({row[:2] for row in rows}) == len(DIFFERENT)
    assert "Reflow pairs, generation 2" in rows[4][0]
    dialog = RunsDialog()
    qtbot.addWidget(dialog)
    dialog.show_rows([Row(document, facts(n), False) for n, document in enumerate(DIFFERENT)])
    dialog.resize(*SIZE)
    assert SIZE[0] <= 1280 - EDGE
    assert SIZE[1] <= 720 - 2 * EDGE
    dialog.show()
    metrics = dialog.list.fontMetrics()
    icon = dialog.list.iconSize().width() + 16
    for index in range(len(rows)):
        item = dialog.list.topLevelItem(index)
        assert item is not None
        for column in range(item.columnCount()):
            lines = item.text(column).splitlines()
            wide = max(metrics.horizontalAdvance(line) for line in lines)
            assert wide + icon * (column == 0) <= dialog.list.columnWidth(column), lines
            assert item.sizeHint(0).height() >= len(lines) * metrics.lineSpacing()


def test_what_a_name_says_is_not_said_again() -> None:
    assert own_settings(Document()) == []
    assert own_settings(with_recipe(Document(target=Ring(radius=12.0, std=1.5)), NOTEBOOK)) == []
    assert own_settings(Document(target=Moons(radius=3.0), seed=7)) == ["target radius 3", "seed 7"]
    mine = Document(training=Training(ema=0.5, optimiser="sgd", stratified=False))
    assert own_settings(mine) == [
        "optimiser SGD with momentum",
        "EMA window 0.5",
        "stratified t off",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (3599.6, "1 h 0 min"), (7300, "2 h 1 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_only_another_run_can_be_opened(qtbot: QtBot) -> None:
    dialog, chosen = RunsDialog(), []
    qtbot.addWidget(dialog)
    dialog.chosen.connect(chosen.append)
    document = Document()
    dialog.show_rows([Row(document, facts(2), True), Row(document, facts(1), False)])
    assert not dialog.open_button.isEnabled()
    for index, enabled in ((0, False), (1, True)):
        item = dialog.list.topLevelItem(index)
        assert item is not None
        dialog.list.setCurrentItem(item)
        assert dialog.open_button.isEnabled() is enabled
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert chosen == [1]
    dialog.show_rows([Row(document, facts(2, step=140), True), Row(document, facts(1), False)])
    assert dialog.selected == 1  # still, after news
    first = dialog.list.topLevelItem(0)
    assert first is not None
    assert first.text(2) == "140"


def test_the_list_is_filled_from_engine_and_store_and_brings_a_run_back(
    qtbot: QtBot, window: QWidget
) -> None:
    store, link = DocumentStore(Document()), Link()
    first = store.branch.number
    store.edit(Document(network=WIDE), "Change width")
    second = store.branch.number
    link.runs = (facts(first), facts(second), facts(999_999))  # of the last no document is known
    runs = RunsController(store, link, window)  # type: ignore[arg-type]
    runs.open()
    assert runs.dialog is not None
    qtbot.addWidget(runs.dialog)
    assert [row.facts.number for row in runs.rows()] == [second, first]
    assert {query.shape for query in link.asked} == {Document().source, Document().target}
    item = runs.dialog.list.topLevelItem(1)
    assert item is not None
    assert not item.icon(0).isNull()
    runs.dialog.chosen.emit(first)
    assert store.branch.number == first
    assert store.document == Document()
    store.stack.undo()
    assert store.document.network == WIDE
    runs.dialog.close()
    assert not runs._timer.isActive()
