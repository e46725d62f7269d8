"""The bar of the pencil: it fits, sets the pencil and follows it."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QStackedWidget,
    QWidget,
)

from flowlab.scene.base.colours import CLASS_COLOURS
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.controls import CalmSlider
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.tools.pencil import Pencil
from flowlab.ui.tools.pencil_bar import PencilBar
from tests.helpers.hands import PLAIN, select


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_chip_has_the_colour_of_its_ink(theme, qapp):
    apply_theme(qapp, theme)
    bar = PencilBar(Pencil())
    for label, swatch in enumerate(bar.swatches):
        image = swatch.grab().toImage()
        assert (
            image.pixelColor(image.width() // 2, 19).getRgb()[:3]
            == CLASS_COLOURS[theme.name][label]
        )
        assert swatch.accessibleName() == f"Class {label + 1}"
    apply_theme(qapp, DARK)


@pytest.fixture
def bar(qtbot, qapp, hand):
    apply_theme(qapp, DARK)
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(804, 600)
    made = PencilBar(hand.pencil, canvas)
    made.canvas = canvas
    canvas.show()
    made.resize(made.fitted(780))
    made.show()
    return made


def fit(bar, width):
    """Lay the bar out for a canvas of this width; return what is wrong with it."""
    bar.resize(bar.fitted(width))
    bar.layout().activate()
    seen = [w for w in bar.findChildren(QWidget) if w.isVisibleTo(bar) and not _inner(w)]
    boxes = [(w, QRect(w.mapTo(bar, QPoint(0, 0)), w.size())) for w in seen]
    faults = [f"{w} is outside" for w, box in boxes if not bar.rect().contains(box)]
    faults += [f"{w} is cut" for w, box in boxes if box.width() < w.minimumSizeHint().width()]
    for k, (w, box) in enumerate(boxes):
        faults += [f"{w} on {other}" for other, place in boxes[:k] if box.intersects(place)]
    return faults


def _inner(widget):
    """True for boxes of others, and for what a control is made of."""
    return type(widget) in (QWidget, QStackedWidget) or not isinstance(
        widget, (QLabel, QAbstractButton, QComboBox, CalmSlider)
    )


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
@pytest.mark.parametrize("width", [296, 496, 752, 1392])  # canvases of 320, 520, 776, 1416 px
@pytest.mark.parametrize("tool", ["brush", "move"])
def test_nothing_in_the_bar_is_cut_or_covered(qapp, monkeypatch, hand, bar, tool, width, scale):
    for name, size in (("BODY", 13), ("SMALL", 11), ("HEADING", 16)):
        monkeypatch.setattr(f"flowlab.ui.base.theme.FONT_{name}", round(scale * size))
    apply_theme(qapp, DARK)
    try:
        hand.pencil.set_tool(tool)
        assert bar.hint.font().pixelSize() == round(scale * 11)
        assert fit(bar, width) == []
        assert bar.width() <= width or scale > 1.25
        assert bar.height() < 300
        texts = [w for w in bar.findChildren(QLabel) if w.isVisibleTo(bar)]
        assert all(w.text() for w in texts)
    finally:
        monkeypatch.undo()
        apply_theme(qapp, DARK)


@pytest.mark.parametrize("width", [296, 496, 752])
def test_no_tool_changes_the_size_of_the_bar(bar, hand, width):
    sizes = set()
    for tool in bar.tools:
        hand.pencil.set_tool(tool)
        sizes.add(bar.fitted(width).toTuple())
    assert len(sizes) == 1


def test_the_bar_says_what_the_select_tool_does(bar, hand):
    bar.tools["move"].click()
    assert "rectangle" in bar.hint.text()
    assert bar.regions["rectangle"].isVisible()
    assert not bar.size_slider.isVisible()
    bar.regions["lasso"].click()
    assert hand.pencil.region == "lasso"
    assert "line around" in bar.hint.text()
    hand.drag([(-1, -1), (1, -1), (1, 1)])
    assert "Esc" in bar.hint.text()
    bar.tools["brush"].click()
    assert bar.size_slider.isVisible()


def test_bar_sets_the_pencil(qtbot, bar, hand):
    bar.tools["spray"].click()
    bar.swatches[4].click()
    bar.size_slider.setValue(1000)
    bar.strength_slider.setValue(0)
    bar.mirror.setCurrentIndex(bar.mirror.findData("y"))
    bar.mirror.activated.emit(bar.mirror.currentIndex())
    pencil = hand.pencil
    assert (pencil.tool, pencil.label, pencil.size, pencil.strength, pencil.mirror) == (
        "spray", 4, 5.0, 0.02, "y",
    )  # fmt: skip


def test_bar_follows_the_pencil(bar, hand):
    hand.key(Qt.Key.Key_L)
    hand.key(Qt.Key.Key_3)
    hand.pencil.set_size(1.0)
    assert bar.tools["line"].isChecked()
    assert bar.swatches[2].isChecked()
    assert bar.size_value.text() == "1"


def test_bar_names_what_is_drawn(bar):
    bar.set_role("source")
    assert bar.title.text() == "Drawing the source"


def test_done_applies_what_is_open(qtbot, bar, hand):
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    with qtbot.waitSignal(bar.done_requested):
        bar.done.click()
    assert [s.tool for s in hand.strokes] == ["move"]


def test_clear_drops_what_is_open_and_asks(qtbot, bar, hand):
    select(hand)
    with qtbot.waitSignal(bar.clear_requested):
        bar.clear.click()
    assert hand.pencil.selection is None


def test_the_pencils_keys_come_before_shortcuts_on_the_canvas(bar):
    def claimed(key):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, PLAIN)
        event.ignore()
        QApplication.sendEvent(bar.canvas, event)
        return event.isAccepted()

    assert claimed(Qt.Key.Key_1)
    assert not claimed(Qt.Key.Key_T)
    bar.hide()
    assert not claimed(Qt.Key.Key_1)


def test_every_button_has_a_name(bar):
    for button in (*bar.tools.values(), *bar.swatches):
        assert button.accessibleName()
        assert button.toolTip()
