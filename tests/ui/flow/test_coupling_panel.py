"""The coupling's section, the lines drawn on the canvas, and reflow, without a real engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter
from pytestqt.qtbot import QtBot

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import MOST_LINES, Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Moons
from flowlab.core.views.query import Reflow, ReflowPairs
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import DARK
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.flow.coupling_panel import ROWS, CouplingPanel
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.tools.line_controller import LineController
from flowlab.ui.tools.line_tool import LineTool
from flowlab.ui.tools.reflow_controller import ReflowController
from flowlab.work.queries import Answer
from flowlab.work.status import Status

SIZE = 400, 400  # with the camera below, 40 pixels a unit and the origin in the middle
CAMERA = Camera(half_height=5.0)
PAIRS = Array(np.zeros((3, 4)))


@pytest.fixture
def panel(qtbot: QtBot) -> CouplingPanel:
    made = CouplingPanel(Coupling())
    qtbot.addWidget(made)
    made.show()
    made.edited.connect(made.show_coupling)
    return made


@pytest.fixture
def tool(qapp: object) -> LineTool:
    made = LineTool()
    made.begin(CAMERA, *SIZE)
    return made


def drag(tool: LineTool, start: tuple[float, float], end: tuple[float, float]) -> None:
    tool.press(*start)
    tool.move(*end)
    tool.release(*end)


# the section


def test_only_what_matters_to_the_kind_is_shown(panel: CouplingPanel) -> None:
    for kind in ("independent", "ot", "sinkhorn", "lines"):
        panel.show_coupling(Coupling(kind=kind))
        for name, kinds in ROWS.items():
            assert panel.forms[name].isVisible() == (kind in kinds)
        assert panel.draw_button.isVisible() == (kind == "lines")


def test_a_kind_is_chosen_and_a_batch_explained(panel: CouplingPanel) -> None:
    heard: list[Coupling] = []
    panel.edited.connect(heard.append)
    form = panel.forms["kind"].form
    assert form is not None
    combo = form.fields["kind"].combo  # type: ignore[attr-defined]
    combo.setCurrentIndex(combo.findData("ot"))
    assert [c.kind for c in heard] == ["ot"]
    batch = panel.forms["batch"].form
    assert batch is not None
    assert "bias" in batch.fields["batch"].box.toolTip()  # type: ignore[attr-defined]


def test_reflow_pairs_that_do_not_exist_are_refused_in_a_sentence(panel: CouplingPanel) -> None:
    heard: list[Coupling] = []
    panel.edited.connect(heard.append)
    form = panel.forms["kind"].form
    assert form is not None
    combo = form.fields["kind"].combo  # type: ignore[attr-defined]
    combo.setCurrentIndex(combo.findData("reflow"))
    assert heard == []
    assert "press Reflow" in form.errors["kind"].text()


def test_the_button_reflows_cancels_and_waits_for_something_learned(panel: CouplingPanel) -> None:
    panel.show_status(Status())
    assert not panel.reflow_button.isEnabled()
    panel.show_status(Status(step=5))
    assert panel.reflow_button.isEnabled()
    panel.show_status(Status(step=5, progress={Reflow: 0.25}))
    assert panel.reflow_button.text() == "Cancel · 25 %"
    panel.show_coupling(Coupling(kind="reflow", generation=2, pairs=PAIRS))
    assert panel.generation.text() == "generation 2"


def test_figures_are_shown(panel: CouplingPanel) -> None:
    panel.show_status(Status(crossings=0.2134, pair_cost=27.98, straightness=None))
    assert panel.figures is not None
    texts = {name: label.text() for name, label in panel.figures.values.items()}
    assert (texts["crossings"], texts["pair_cost"]) == ("0.213", "28")
    assert texts["straightness"] == "–"
    assert all(label.toolTip() for label in panel.figures.values.values())


def test_lines_are_cleared(panel: CouplingPanel) -> None:
    panel.show_coupling(Coupling(kind="lines", lines=Array([[0.0, 0.0, 1.0, 1.0]])))
    assert panel.clear_button.isEnabled()
    panel.clear_button.click()
    assert panel.coupling == Coupling(kind="lines")
    assert not panel.clear_button.isEnabled()


# the tool


def test_a_drag_draws_a_line_in_the_plane(tool: LineTool) -> None:
    heard: list[Any] = []
    tool.drawn.connect(heard.append)
    drag(tool, (200, 200), (280, 160))
    np.testing.assert_allclose(heard, [[[0.0, 0.0, 2.0, 1.0]]], atol=1e-9)
    drag(tool, (100, 100), (101, 101))  # a click
    assert len(heard) == 1
    assert len(tool.lines) == 1


def test_ends_move_and_lines_are_removed(tool: LineTool) -> None:
    heard: list[Any] = []
    tool.show(np.array([[0.0, 0.0, 2.0, 1.0]]), 1.0)
    tool.drawn.connect(heard.append)
    drag(tool, (282, 158), (320, 200))
    np.testing.assert_allclose(heard[-1], [[0.0, 0.0, 3.0, 0.0]], atol=0.06)
    tool.press(260, 203, 1.0, Qt.MouseButton.RightButton)
    assert heard[-1].shape == (0, 4)
    tool.press(260, 203, 1.0, Qt.MouseButton.RightButton)  # where no line is
    assert len(heard) == 2


def test_escape_drops_the_gesture_and_backspace_the_last_line(tool: LineTool) -> None:
    tool.show(np.array([[0.0, 0.0, 2.0, 1.0]]), 1.0)
    tool.press(50, 50)
    tool.move(90, 50)
    escape = key(Qt.Key.Key_Escape)
    assert tool.wants(escape)
    assert tool.key(escape)
    assert len(tool.lines) == 1
    assert not tool.wants(escape)
    assert tool.key(key(Qt.Key.Key_Backspace))
    assert len(tool.lines) == 0
    assert not tool.key(key(Qt.Key.Key_Backspace))


def key(which: Qt.Key) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, which, Qt.KeyboardModifier.NoModifier)


def test_there_is_an_end_to_lines(tool: LineTool) -> None:
    tool.show(np.random.default_rng(0).uniform(-5, -4, (MOST_LINES, 4)), 1.0)
    drag(tool, (300, 300), (350, 350))
    assert len(tool.lines) == MOST_LINES


def test_what_is_drawn_is_where_the_line_is(tool: LineTool) -> None:
    tool.show(np.array([[-2.0, 0.0, 2.0, 0.0]]), 1.0)
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    tool.paint_overlay(painter, CAMERA, *SIZE, DARK)
    painter.end()
    amber = image.pixelColor(120, 200)
    assert amber.red() > 200 > amber.blue()
    head = image.pixelColor(277, 200)
    assert head.blue() > 200 > head.red()
    assert image.pixelColor(200, 200).lightness() > 150
    assert image.pixelColor(200, 300).lightness() == 0


# the controllers


def test_lines_on_the_canvas_are_undoable_edits(qtbot: QtBot) -> None:
    store, canvas = DocumentStore(Document()), CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(*SIZE)
    canvas.show()
    controller, switched = LineController(canvas, store), []
    controller.switched.connect(switched.append)
    controller.open()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(100, 200))
    qtbot.mouseMove(canvas, QPoint(300, 200))
    qtbot.mouseRelease(canvas, left, pos=QPoint(300, 200))
    coupling = store.document.coupling
    assert coupling.kind == "lines"
    assert coupling.lines is not None
    assert coupling.lines.shape == (1, 4)
    x0, y0, x1, y1 = coupling.lines.values[0]
    assert x0 == pytest.approx(-x1, rel=1e-5)
    assert y0 == y1 == pytest.approx(0, abs=1e-6)
    store.stack.undo()
    assert store.document == Document()
    assert len(controller.tool.lines) == 0
    controller.tool.wheel(120)
    assert store.document.coupling.reach == pytest.approx(1.1)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert switched == [True, False]
    assert canvas.pencil is None


class Link(QObject):
    ready = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.progress = Status(step=9)
        self.made: Answer[ReflowPairs] | None = None

    def ask(self, query: Reflow) -> None:
        self.heard.append(f"ask {type(query).__name__}")

    def cancel(self, kind: type[Reflow]) -> None:
        self.heard.append(f"cancel {kind.__name__}")

    def answer(self, _kind: type[Reflow]) -> Answer[ReflowPairs] | None:
        return self.made

    def status(self) -> Status:
        return self.progress


def test_a_reflow_is_one_edit_and_is_taken_once(qapp: object) -> None:
    link, store, taken = Link(), DocumentStore(Document()), []
    controller = ReflowController(link, store)  # type: ignore[arg-type]
    controller.taken.connect(lambda: taken.append(store.document.coupling.generation))
    controller.toggle()
    link.progress = replace(link.progress, progress={Reflow: 0.5})
    controller.toggle()
    assert link.heard == ["ask Reflow", "cancel Reflow"]
    controller.tick()
    assert taken == []
    coupling = Coupling(kind="reflow", generation=3, pairs=PAIRS)
    document = store.document
    link.made = Answer(1, Reflow(), ReflowPairs(document.source, document.target, coupling))
    controller.tick()
    controller.tick()
    assert taken == [3]
    assert store.stack.count() == 1
    assert "generation 3" in store.stack.undoText()
    store.stack.undo()
    assert store.document == document


def test_pairs_of_other_shapes_are_not_taken(qapp: object) -> None:
    link, store = Link(), DocumentStore(Document())
    controller = ReflowController(link, store)  # type: ignore[arg-type]
    coupling = Coupling(kind="reflow", generation=1, pairs=PAIRS)
    link.made = Answer(1, Reflow(), ReflowPairs(Moons(), Moons(), coupling))
    controller.tick()
    assert store.document == Document()
