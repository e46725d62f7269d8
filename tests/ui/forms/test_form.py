"""Forms from dataclasses: complete, unclipped, inside the limits, one gesture one step."""

import dataclasses

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.fresh import STARTS_OVER, needs_fresh_weights
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import (
    KINDS,
    Checkerboard,
    Disc,
    Gaussian,
    Mixture,
    Polygon,
    Ring,
    Text,
)
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.scene.base.style import DARK
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.base.scale import Scale
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.forms.form import Form

VALUES = [kind for kind in KINDS.values() if kind.kind not in ("points", "grid", "picture")]
PARTS = [*VALUES, Network, Training, Solver, View]


@pytest.fixture(autouse=True)
def _themed(qapp):
    apply_theme(qapp, DARK)


def shown(qtbot, value, **options):
    """A form in a panel of 232 px with margins of 16, and its emitted signals."""
    panel = QWidget()
    qtbot.addWidget(panel)
    form = Form(value, parent=panel, **options)
    form.setGeometry(16, 16, 200, form.sizeHint().height())
    panel.resize(232, form.height() + 32)
    panel.show()
    form.panel = panel  # Python must hold a reference, or the window is deleted
    log = []
    form.edited.connect(log.append)
    form.settled.connect(lambda: log.append("settled"))
    return form, log


def room(widget):
    return widget.visibleRegion().boundingRect().size() == widget.size()


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_nothing_is_clipped_in_a_panel_of_232_px(qtbot, kind):
    form, _ = shown(qtbot, kind())
    assert form.minimumSizeHint().width() <= 200
    assert form.fields
    for widget in form.findChildren(QWidget):
        if not widget.isVisible() or widget.parent() is None:
            continue
        if isinstance(widget, QLabel | QCheckBox | NumberBox | QComboBox | QLineEdit):
            assert room(widget), widget
        metrics = QFontMetrics(widget.font())
        if isinstance(widget, QLabel) and widget.text():
            assert metrics.horizontalAdvance(widget.text()) <= widget.width()
        if isinstance(widget, NumberBox):
            assert metrics.horizontalAdvance(widget.text()) <= widget.lineEdit().width() - 2
        if isinstance(widget, QCheckBox):
            assert widget.sizeHint().width() <= widget.width()


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_every_editable_field_has_a_named_editor_with_a_buddy(qtbot, kind):
    form, _ = shown(qtbot, kind())
    for name, field in form.fields.items():
        label = kind.__dataclass_fields__[name].metadata["label"]
        named = [w for w in field.findChildren(QWidget) if w.accessibleName() == label]
        assert named, name
        labels = [w for w in field.findChildren(QLabel) if w.text() == label]
        assert all(w.buddy() in named for w in labels)
    editable = {
        spec.name
        for spec in dataclasses.fields(kind)
        if {"low", "options", "longest"} & set(spec.metadata) or isinstance(spec.default, bool)
    }
    assert editable <= set(form.fields)


def test_fields_of_the_class_come_before_the_inherited_ones(qtbot):
    form, _ = shown(qtbot, Ring())
    assert list(form.fields)[:4] == ["count", "radius", "std", "scale"]


def test_chosen_fields_only_and_in_that_order(qtbot):
    form, _ = shown(qtbot, View(), fields=["trail", "particles", "nonsense"])
    assert list(form.fields) == ["trail", "particles"]


def test_arrays_and_strokes_have_no_editor(qtbot):
    form, _ = shown(qtbot, KINDS["drawing"]())
    assert "strokes" not in form.fields


def test_advanced_fields_are_folded_until_asked_for(qtbot):
    form, _ = shown(qtbot, Disc(), advanced=["scale", "noise"])
    assert form.fields["radius"].isVisible()
    assert not form.fields["scale"].isVisible()
    form.more.click()
    assert form.fields["scale"].isVisible()


def test_set_value_shows_and_emits_nothing(qtbot):
    form, log = shown(qtbot, Ring())
    form.set_value(Ring(count=5, radius=2.5, std=0.1))
    assert form.fields["count"].box.value() == 5
    assert form.fields["radius"].box.text() == "2.5"
    assert form.value == Ring(count=5, radius=2.5, std=0.1)
    form.set_value(Text(text="hello"))
    assert form.fields["text"].line.text() == "hello"
    form.set_value(Mixture(means=((0.0, 1.0),), covs=((1.0, 0.0, 1.0),), weights=(2.0,)))
    assert form.fields["weights"].cells.rowCount() == 1
    assert log == []


def test_a_whole_number_stays_whole(qtbot):
    form, log = shown(qtbot, Ring())
    form.fields["count"].box.setValue(12)
    assert log[0] == Ring(count=12)
    assert type(log[0].count) is int


def test_a_drag_is_many_edits_and_one_settled(qtbot):
    form, log = shown(qtbot, Ring())
    slider = form.fields["radius"].slider
    start = slider.handle().center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for dx in (10, 20, 30, 40):
        qtbot.mouseMove(slider, start + QPoint(dx, 0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    edits = [entry for entry in log if entry != "settled"]
    assert len(edits) >= 3
    assert log.index("settled") == len(log) - 1
    assert [e.radius for e in edits] == sorted(e.radius for e in edits)
    assert form.value == edits[-1]


def test_a_click_on_the_groove_brings_the_handle_there(qtbot):
    form, log = shown(qtbot, Ring())
    slider = form.fields["radius"].slider
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, 7))
    assert form.value.radius == pytest.approx(10.0, abs=0.3)
    assert log.count("settled") == 1


def test_typed_numbers_are_brought_inside_the_limits(qtbot):
    form, log = shown(qtbot, Ring())
    box = form.fields["radius"].box
    for typed, taken in (("99999", 20.0), ("-3", 0.0), ("4,25", 4.25), ("1e1", 10.0)):
        box.lineEdit().setText(typed)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert form.value.radius == taken
    assert log[-1] == "settled"


def test_letters_cannot_be_typed_into_a_number(qtbot):
    form, log = shown(qtbot, Ring())
    box = form.fields["radius"].box
    box.selectAll()
    qtbot.keyClicks(box, "abc")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert form.value == Ring()
    assert log == []


def test_small_numbers_survive_leaving_the_field(qtbot):
    form, log = shown(qtbot, Training(learning_rate=1.23456789e-4))
    box = form.fields["learning_rate"].box
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert log == []
    assert form.value.learning_rate == 1.23456789e-4


def test_slider_keys_step_by_round_values(qtbot):
    form, log = shown(qtbot, Training())
    slider = form.fields["learning_rate"].slider
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert form.value.learning_rate == pytest.approx(4.1e-3)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert form.value.learning_rate == 1e-6
    assert log[-1] == "settled"


def test_the_wheel_changes_only_a_focused_field(qtbot):
    form, log = shown(qtbot, Gaussian())
    other, field = form.fields["std_x"], form.fields["correlation"]
    other.box.setFocus()

    def wheel(widget):
        spot = QPointF(widget.rect().center())
        event = QWheelEvent(
            spot,
            QPointF(widget.mapToGlobal(spot.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        type(widget).wheelEvent(widget, event)
        return event.isAccepted()

    for widget in (field.box, field.slider):
        assert not wheel(widget)
    assert log == []
    field.slider.setFocus()
    form.window().activateWindow()
    qtbot.waitUntil(field.slider.hasFocus)
    wheel(field.slider)
    assert form.value.correlation > 0


def test_double_click_on_the_name_resets(qtbot):
    form, log = shown(qtbot, Ring(radius=3.0))
    qtbot.mouseDClick(form.fields["radius"].label, Qt.MouseButton.LeftButton)
    assert log == [Ring(), "settled"]


def test_a_choice_emits_its_key(qtbot):
    form, log = shown(qtbot, Solver())
    combo = form.fields["method"].combo
    combo.setCurrentIndex(combo.findData("heun"))
    assert log == [Solver(method="heun"), "settled"]


def test_a_switch_emits(qtbot):
    form, log = shown(qtbot, View())
    form.fields["show_density"].check.click()
    assert log == [View(show_density=True), "settled"]


def test_short_switches_stand_two_in_a_row(qtbot):
    form, _ = shown(qtbot, View())
    left, right = form.fields["show_particles"], form.fields["show_trails"]
    assert left.y() == right.y()
    assert left.geometry().right() < right.geometry().left()


def test_blank_text_is_refused_with_a_sentence(qtbot):
    form, log = shown(qtbot, Text())
    line = form.fields["text"].line
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    assert log == []
    assert form.errors["text"].text() == "Type at least one visible character."
    assert form.errors["text"].isVisible()
    qtbot.keyClicks(line, "ab")
    assert log == [Text(text="a"), Text(text="ab")]
    assert not form.errors["text"].isVisible()


def test_a_refused_draft_does_not_stop_other_edits(qtbot):
    form, log = shown(qtbot, Text())
    form.fields["text"].line.clear()
    form.fields["text"].line.textEdited.emit("")
    form.fields["width"].box.setValue(3.0)
    assert log[0] == Text(width=3.0)
    assert form.errors["text"].isVisible()


def test_a_cell_that_is_no_number_is_refused(qtbot):
    form, log = shown(qtbot, Polygon())
    cells = form.fields["vertices"].cells
    for typed in ("abc", "nan", ""):
        cells.item(1, 0).setText(typed)
        assert form.errors["vertices"].text() == f"Vertices, row 2: {typed!r} is not a number."
    assert log == []
    cells.item(1, 0).setText("0.75")
    assert log[0].vertices[1] == (0.75, -2.5)
    assert not form.errors["vertices"].isVisible()


def test_an_indefinite_covariance_is_refused(qtbot):
    form, log = shown(qtbot, Mixture())
    form.fields["covs"].cells.item(0, 1).setText("5")
    assert form.errors["covs"].text() == "Every covariance of a mixture must be positive definite."
    assert log == []


def test_means_covariances_and_weights_gain_and_lose_rows_together(qtbot):
    form, log = shown(qtbot, Mixture())
    form.fields["means"].add.click()
    assert [len(getattr(form.value, n)) for n in ("means", "covs", "weights")] == [4, 4, 4]
    form.fields["covs"].cells.setCurrentCell(0, 0)
    form.fields["covs"].remove.click()
    assert form.value.means == (*Mixture().means[1:], Mixture().means[-1])
    assert log.count("settled") == 2


def test_the_last_corners_of_a_polygon_cannot_go(qtbot):
    triangle = Polygon(vertices=((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    form, log = shown(qtbot, triangle)
    form.fields["vertices"].remove.click()
    assert log == []
    assert form.errors["vertices"].text() == "A polygon needs 3 to 2000 vertices."
    assert form.fields["vertices"].cells.rowCount() == 3


def test_a_block_from_a_spreadsheet_can_be_pasted(qtbot, qapp):
    form, log = shown(qtbot, Polygon())
    qapp.clipboard().setText("0\t0\n2\t0\n2,2\n")
    qtbot.keyClick(form.fields["vertices"].cells, "v", Qt.KeyboardModifier.ControlModifier)
    assert log[0].vertices == ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0))


def test_exact_numbers_of_a_table_survive_an_edit_elsewhere(qtbot):
    third = 1 / 3
    form, log = shown(qtbot, Polygon(vertices=((third, 0.0), (1.0, 0.0), (0.0, 1.0))))
    form.fields["vertices"].cells.item(2, 1).setText("2")
    assert log[0].vertices == ((third, 0.0), (1.0, 0.0), (0.0, 2.0))


def test_single_key_shortcuts_leave_a_focused_slider_its_arrows(qtbot):
    form, _ = shown(qtbot, Ring())
    slider = form.fields["radius"].slider
    event = QKeyEvent(
        QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(slider, event)
    assert event.isAccepted()


@pytest.mark.parametrize(
    "scale",
    [
        Scale(0.01, 10.0, log=True),
        Scale(4, 1024, log=True, whole=True),
        Scale(-180.0, 180.0),
        Scale(0, 1_000_000, whole=True),
        Scale(-0.99, 0.99),
    ],
    ids=str,
)
def test_scale_covers_its_range_in_round_steps(scale):
    values = [scale.at(i / 1000) for i in range(1001)]
    assert values[0] == scale.low
    assert values[-1] == scale.high
    assert values == sorted(values)
    for value in values:
        assert abs(scale.at(scale.share(value)) - value) <= 0.06 * max(abs(value), scale.stride)
        assert scale.low <= scale.stepped(value, 3) <= scale.high
        assert scale.low <= scale.stepped(value, -3) <= scale.high


def test_scale_writes_numbers_short():
    scale = Scale(1e-8, 1e3)
    assert [scale.text(v) for v in (1e-6, 0.004, 2.0, 0.30000000001)] == [
        "1e-6",
        "0.004",
        "2",
        "0.3",
    ]


def test_a_step_down_and_up_again_on_a_logarithmic_scale_returns():
    scale = Scale(1e-6, 10.0, log=True)
    assert scale.stepped(1e-3, -1) == pytest.approx(9.9e-4)
    assert scale.stepped(scale.stepped(1e-3, -1), 1) == pytest.approx(1e-3)


def test_checkerboard_squares_step_by_one(qtbot):
    form, log = shown(qtbot, Checkerboard())
    form.fields["count"].box.stepBy(1)
    assert log[0] == Checkerboard(count=5)


# settings that begin a new training


@pytest.mark.parametrize("kind", [Network, Path, Coupling], ids=lambda kind: kind.__name__)
def test_what_starts_training_over_says_so_in_its_tooltip(qtbot, kind):
    form, _ = shown(qtbot, kind())
    for name, field in form.fields.items():
        editor = next(w for w in field.findChildren(QWidget) if w.accessibleName() == field.title)
        assert (STARTS_OVER in editor.toolTip()) == needs_fresh_weights(kind, name), name
    assert any(needs_fresh_weights(kind, name) for name in form.fields)


def test_what_only_swaps_data_or_settings_does_not_say_so(qtbot):
    for kind in (Training, Solver, View, Ring):
        form, _ = shown(qtbot, kind())
        assert not [w for w in form.findChildren(QWidget) if STARTS_OVER in w.toolTip()]
