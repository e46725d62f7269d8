"""The path's section: its choices, its curves and their knots, and one undo step a gesture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.fresh import OTHER_SHAPE, STARTS_OVER
from flowlab.core.document.learned import NO_LATENT
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.document.training import Training
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.flow.left_panel import LeftPanel
from flowlab.ui.flow.path_panel import PathPanel, chosen
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.forms.fields import ChoiceField
from flowlab.ui.plots.path_curves import FIELDS, PathCurves
from flowlab.ui.plots.variance_plot import VariancePlot
from flowlab.ui.state.document_store import DocumentStore
from flowlab.work.status import Status

CUSTOM = Path(kind="custom")


@pytest.fixture
def left(qtbot: QtBot) -> LeftPanel:
    """The left panel with a store behind it, its path's section open."""
    made, store = LeftPanel(Document()), DocumentStore(Document())
    made.store = store  # type: ignore[attr-defined]
    made.edited.connect(lambda document, text, key: store.edit(document, text, key))
    made.settled.connect(store.settle)
    store.changed.connect(lambda _, after: made.show_document(after))
    qtbot.addWidget(made)
    made.show()
    made._path_section.head.click()
    return made


def _store(left: LeftPanel) -> DocumentStore:
    found: DocumentStore = left.store  # type: ignore[attr-defined]
    return found


def _choose(panel: PathPanel, name: str, value: str) -> None:
    box = panel.choices[name].combo
    box.setCurrentIndex(box.findData(value))


@pytest.fixture
def curves(qtbot: QtBot) -> PathCurves:
    made = PathCurves(CUSTOM)
    qtbot.addWidget(made)
    made.resize(216, made.height())
    made.show()
    made.edited.connect(made.show_path)
    return made


def _spot(curves: PathCurves, t: float, height: float) -> QPoint:
    return curves.spot(t, height).toPoint()


def _drag(qtbot: QtBot, curves: PathCurves, start: QPoint, *way: QPoint) -> None:
    qtbot.mousePress(curves.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for spot in way:
        qtbot.mouseMove(curves.viewport(), spot)
    qtbot.mouseRelease(curves.viewport(), Qt.MouseButton.LeftButton, pos=way[-1])


# the section


def test_the_section_is_made_when_it_opens(qtbot: QtBot) -> None:
    made = LeftPanel(Document())
    qtbot.addWidget(made)
    made.show()
    assert made.path.curves is None
    made._path_section.head.click()
    shown = made.path.curves
    assert shown is not None
    qtbot.waitUntil(shown.isVisible)


def test_only_what_matters_to_the_path_is_shown(left: LeftPanel) -> None:
    panel = left.path
    assert not panel.level.isVisible()
    assert not panel.antithetic.isVisible()
    _choose(panel, "noise", "quadratic")
    assert _store(left).document.path.noise == "quadratic"
    assert panel.level.isVisible()
    assert panel.antithetic.isVisible()
    assert left.training._fields is not None
    assert "antithetic" not in left.training._fields  # it belongs to the path only


def test_each_choice_is_one_undo_step(left: LeftPanel) -> None:
    store = _store(left)
    for name, value in (("kind", "trigonometric"), ("noise", "sine"), ("clock", "late")):
        _choose(left.path, name, value)
    path = store.document.path
    assert (path.kind, path.noise, path.clock) == ("trigonometric", "sine", "late")
    assert store.stack.count() == 3
    for _ in range(3):
        store.stack.undo()
    assert store.document == Document()
    assert left.path.choices["kind"].combo.currentData() == "linear"


def test_a_kind_brings_what_it_cannot_do_without() -> None:
    assert chosen(Path(), "kind", "mirror").noise == "brownian"
    assert chosen(Path(), "kind", "encoding").noise == "sine"
    assert chosen(Path(noise="quadratic"), "kind", "mirror").noise == "quadratic"
    loud = Path(noise="brownian", level=6.0)
    assert chosen(loud, "kind", "trigonometric").level == pytest.approx(1.8)
    assert chosen(Path(kind="trigonometric"), "noise", "sine").level == pytest.approx(0.9)
    with pytest.raises(Invalid, match="choose a noise"):
        chosen(Path(kind="mirror", noise="sine"), "noise", "none")


def test_a_refused_choice_says_why_and_changes_nothing(left: LeftPanel) -> None:
    _choose(left.path, "kind", "encoding")
    before, panel = _store(left).document, left.path
    _choose(panel, "noise", "none")
    assert _store(left).document == before
    assert "pure noise" in panel.warning.text()
    assert panel.warning.isVisible()
    assert panel.choices["noise"].combo.currentData() == "sine"
    _choose(panel, "noise", "brownian")
    assert not panel.warning.isVisible()


def test_a_mirror_makes_the_target_the_source_in_the_same_step(left: LeftPanel) -> None:
    store = _store(left)
    store.replace(Document(target=Moons()))
    _choose(left.path, "kind", "mirror")
    assert store.document.source == store.document.target == Moons()
    assert left.path.note.isVisible()
    store.stack.undo()
    assert store.document == Document(target=Moons())


def test_the_antithetic_switch_edits_the_training(left: LeftPanel) -> None:
    _choose(left.path, "noise", "brownian")
    form = left.path.antithetic.form
    assert form is not None
    form.fields["antithetic"].check.click()  # type: ignore[attr-defined]
    assert _store(left).document.training == Training(antithetic=False)


# the curves


@pytest.mark.parametrize("curve", [0, 1])
def test_a_knot_follows_the_pointer(qtbot: QtBot, curves: PathCurves, curve: int) -> None:
    knot = curves.knots(curve)[1]
    goal = knot[0] - 0.1, knot[1] - 0.1 * (-1) ** curve
    _drag(qtbot, curves, _spot(curves, *knot), _spot(curves, 0.65, knot[1]), _spot(curves, *goal))
    moved = curves.knots(curve)[1]
    np.testing.assert_allclose(moved, goal, atol=0.01)
    assert curves.knots(1 - curve) == getattr(CUSTOM, FIELDS[1 - curve])


@pytest.fixture
def held(curves: PathCurves) -> Callable[[float, float], tuple[float, float]]:
    """Where the second knot of alpha stays when it is dragged to a place."""

    def pull(t: float, height: float) -> tuple[float, float]:
        curves._move((0, 1), t, height)
        return curves.knots(0)[1]

    return pull


def test_a_knot_stays_between_its_neighbours(
    held: Callable[[float, float], tuple[float, float]],
) -> None:
    assert held(0.5, 2.0) == (0.5, 0.7)
    assert held(0.5, -1.0) == (0.5, 0.0)
    assert held(1.5, 0.5) == (0.98, 0.5)
    assert held(0.0, 0.5) == (0.32, 0.5)


def test_a_dragged_knot_is_not_read(qtbot: QtBot, curves: PathCurves) -> None:
    knot, view = curves.knots(0)[0], curves.viewport()
    place = _spot(curves, *knot)
    qtbot.mouseMove(view, place - QPoint(3, 0))
    qtbot.mouseMove(view, place)
    assert curves.readout.label.isVisible()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseMove(view, place + QPoint(6, 4))
    assert curves.knots(0)[0] != knot
    assert not curves.readout.label.isVisible()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place + QPoint(6, 4))


def test_a_drag_is_one_undo_step_of_the_document(qtbot: QtBot, left: LeftPanel) -> None:
    store = _store(left)
    _choose(left.path, "kind", "custom")
    curves = left.path.curves
    assert curves is not None
    before, count = store.document, store.stack.count()
    way = [_spot(curves, 0.3 + 0.01 * k, 0.7 + 0.02 * k) for k in range(8)]
    _drag(qtbot, curves, *way)
    assert store.document.path.alpha_knots != before.path.alpha_knots
    assert store.stack.count() == count + 1
    _drag(qtbot, curves, _spot(curves, 0.7, 0.7), _spot(curves, 0.65, 0.8))
    assert store.stack.count() == count + 2
    store.stack.undo()
    store.stack.undo()
    assert store.document == before
    assert curves.path == before.path


def test_a_double_click_adds_a_knot_and_another_removes_it(
    qtbot: QtBot, curves: PathCurves
) -> None:
    heard: list[Path] = []
    curves.edited.connect(heard.append)
    place = _spot(curves, 0.56, 0.46)  # nearer to alpha, which is 0.44 there
    qtbot.mouseDClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(curves.knots(0)) == 3
    t, height = curves.knots(0)[1]
    assert (t, height) == pytest.approx((0.56, 1 - t), abs=0.01)
    qtbot.mouseDClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=_spot(curves, t, height))
    assert curves.path == CUSTOM
    assert len(heard) == 2


def test_there_are_at_most_six_knots_and_at_least_one(qtbot: QtBot, curves: PathCurves) -> None:
    for t in (0.1, 0.4, 0.6, 0.9):
        curves._add(QPointF(curves.spot(t, 1 - t - 0.02)))
    assert len(curves.knots(0)) + len(curves.knots(1)) <= 2 + 6
    curves.show_path(replace(CUSTOM, alpha_knots=((0.5, 0.5),)))
    qtbot.mouseDClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=_spot(curves, 0.5, 0.5))
    assert len(curves.knots(0)) >= 1


def test_keys_choose_move_and_remove_knots(qtbot: QtBot, curves: PathCurves) -> None:
    curves.setFocus()
    qtbot.keyClick(curves, Qt.Key.Key_PageDown)
    assert curves.chosen == (0, 0)
    qtbot.keyClick(curves, Qt.Key.Key_Right)
    qtbot.keyClick(curves, Qt.Key.Key_Up)
    assert curves.knots(0)[0] == pytest.approx((0.31, 0.71))
    qtbot.keyClick(curves, Qt.Key.Key_PageUp)
    assert curves.chosen == (1, 1)
    qtbot.keyClick(curves, Qt.Key.Key_Delete)
    assert len(curves.knots(1)) == 1
    assert curves.chosen is None


def test_curves_of_other_kinds_are_only_shown(qtbot: QtBot, curves: PathCurves) -> None:
    curves.show_path(Path(kind="trigonometric"))
    heard: list[Path] = []
    curves.edited.connect(heard.append)
    _drag(qtbot, curves, _spot(curves, 0.3, 0.7), _spot(curves, 0.4, 0.9))
    qtbot.mouseDClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=_spot(curves, 0.5, 0.7))
    qtbot.keyClick(curves, Qt.Key.Key_PageDown)
    assert heard == []
    assert curves.focusPolicy() == Qt.FocusPolicy.TabFocus  # read-only


def _picture(widget: PathCurves | VariancePlot) -> QImage:
    return widget.grab().toImage()


def _has(image: QImage, colour: tuple[int, int, int]) -> bool:
    near = (
        abs(image.pixelColor(x, y).red() - colour[0])
        + abs(image.pixelColor(x, y).green() - colour[1])
        + abs(image.pixelColor(x, y).blue() - colour[2])
        for x in range(image.width())
        for y in range(image.height())
    )
    return any(away < 12 for away in near)


def test_alpha_is_the_source_s_colour_beta_the_target_s(curves: PathCurves, qapp: object) -> None:
    for theme in (LIGHT, DARK):
        apply_theme(qapp, theme)  # type: ignore[arg-type]
        image = _picture(curves)
        assert _has(image, theme.source)
        assert _has(image, theme.target)
    spot = curves.spot(0.1, 0.9).toPoint()  # alpha is 0.9 there
    shown = image.pixelColor(spot)
    assert abs(shown.red() - DARK.source[0]) < 60


# the variances


def _status(variances: tuple[np.ndarray, np.ndarray, np.ndarray] | None) -> Status:
    return Status(variances=variances)


def test_variances_are_plotted_on_noisy_paths_alone(qtbot: QtBot, qapp: object) -> None:
    apply_theme(qapp, DARK)  # type: ignore[arg-type]
    right = RightPanel()
    qtbot.addWidget(right)
    right.show()
    right.show_status(_status(None))
    assert right.variance is None
    t = np.linspace(0.01, 0.99, 20)
    curves = t, 30 / t, np.full(20, 3.0)
    right.show_status(_status(curves))
    assert right.variance is not None
    assert right.variance.isVisible()
    ends = [right.variance.spot(float(s), v) for s, v in ((0.01, 3000.0), (0.01, 3.0))]
    assert right.variance.box().top() <= ends[0].y() < ends[1].y() <= right.variance.box().bottom()
    assert _has(_picture(right.variance), DARK.learned)
    assert "% of that without" in right.variance.accessibleDescription()
    right.show_status(_status(None))
    assert not right.variance.isVisible()


def test_a_variance_of_zero_stays_in_the_plot(qtbot: QtBot) -> None:
    plot, t = VariancePlot(), np.linspace(0.01, 0.99, 9)
    qtbot.addWidget(plot)
    plot.resize(220, plot.height())
    values = np.abs(t - 0.5)
    plot.show_variances((t, values, 0.1 * values))
    lowest = plot.spot(0.5, 0.0)
    assert lowest.y() == pytest.approx(plot.box().bottom())
    assert plot.spot(0.0, 0.5).y() < plot.box().center().y()
    _picture(plot)


# edits that begin a new training


def test_a_drag_edits_on_release(qtbot: QtBot, curves: PathCurves) -> None:
    heard: list[Path] = []
    curves.edited.connect(heard.append)
    start, goal = _spot(curves, 0.3, 0.7), _spot(curves, 0.25, 0.8)
    qtbot.mousePress(curves.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(curves.viewport(), _spot(curves, 0.28, 0.75))
    qtbot.mouseMove(curves.viewport(), goal)
    np.testing.assert_allclose(curves.knots(0)[0], (0.25, 0.8), atol=0.01)
    curves.show_path(CUSTOM)  # the document has it still, as after any other edit
    assert curves.path != CUSTOM
    assert heard == []
    qtbot.mouseRelease(curves.viewport(), Qt.MouseButton.LeftButton, pos=goal)
    assert heard == [curves.path]


def test_keys_edit_once_after_a_pause(qtbot: QtBot, curves: PathCurves) -> None:
    heard: list[Path] = []
    curves.edited.connect(heard.append)
    qtbot.keyClick(curves, Qt.Key.Key_PageDown)
    for _ in range(4):
        qtbot.keyClick(curves, Qt.Key.Key_Up)
    assert heard == []
    curves._pause.timeout.emit()
    assert [path.alpha_knots[0] for path in heard] == [pytest.approx((0.3, 0.74))]


def test_another_path_ends_an_edit_that_waits(qtbot: QtBot, curves: PathCurves) -> None:
    heard: list[Path] = []
    curves.edited.connect(heard.append)
    qtbot.keyClick(curves, Qt.Key.Key_PageDown)
    qtbot.keyClick(curves, Qt.Key.Key_Up)
    other = replace(CUSTOM, alpha_knots=((0.5, 0.2),))
    curves.show_path(other)
    curves._take()
    assert (heard, curves.path) == ([], other)


def test_what_starts_training_over_says_so(left: LeftPanel) -> None:
    assert STARTS_OVER in left.recipe.toolTip()
    for field in left.path.choices.values():
        assert STARTS_OVER in field.combo.toolTip()
    _choose(left.path, "kind", "custom")
    assert left.path.curves is not None
    assert STARTS_OVER in left.path.curves.toolTip()
    for card in (left.source, left.target):
        for widget in (card.picture, card.name, card.pencil):
            assert OTHER_SHAPE in widget.toolTip()


def test_velocity_and_noise_are_offered_only_along_a_path_with_noise(qtbot: QtBot) -> None:
    made = LeftPanel(Document())
    qtbot.addWidget(made)
    combo = made.network.row("predicts").combo  # type: ignore[attr-defined]
    row = combo.model().index(combo.findData("velocity_and_noise"), 0)
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    assert row.data(Qt.ItemDataRole.ToolTipRole) == NO_LATENT
    made.show_document(Document(path=Path(noise="brownian")))
    assert row.flags() & Qt.ItemFlag.ItemIsEnabled


def test_weights_of_the_bound_are_offered_where_a_bound_is_known(qtbot: QtBot) -> None:
    panel = LeftPanel(Document(source=Gaussian()))
    qtbot.addWidget(panel)
    field = panel.training.row("loss_weights")
    assert isinstance(field, ChoiceField)
    item = field.combo.model().item(field.combo.findData("bound"))  # type: ignore[attr-defined]
    assert item.isEnabled()
    panel.show_document(Document(source=Gaussian(), path=Path(noise="brownian")))
    assert not item.isEnabled()
    assert "path without latent noise" in item.toolTip()
