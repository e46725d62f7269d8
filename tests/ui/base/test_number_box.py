"""A number that is typed: read in any notation, kept inside the range, and said where changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.view import View
from flowlab.core.stochastic.settings import Stochastic
from flowlab.scene.base.frame import Frame
from flowlab.ui.base.hint import Hint
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.base.scale import Scale
from flowlab.ui.blending.alphas import AlphasField, Blending
from flowlab.ui.forms.form import Form
from flowlab.ui.shell.export_dialog import ExportDialog
from flowlab.ui.shell.time_bar import TimeBar
from flowlab.ui.state.playback import Playback
from tests.helpers.events import settle

PARTICLES = Scale(1, 1_000_000, log=True, whole=True)


@pytest.fixture(params=["C", "en_US", "de_DE", "fr_FR", "de_CH", "hi_IN"], autouse=True)
def _locale(request: pytest.FixtureRequest) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


def made(qtbot: QtBot, scale: Scale, value: float, unit: str = "") -> NumberBox:
    window = QWidget()
    box = NumberBox(scale, unit)
    box.setValue(value)
    QVBoxLayout(window).addWidget(box)
    window.resize(300, 200)
    window.show()
    qtbot.addWidget(window)
    box.window_ = window  # type: ignore[attr-defined]  # Python must hold a reference
    return box


def typed(qtbot: QtBot, box: NumberBox, text: str) -> str:
    """Type over the whole text and press Enter; the text that the box then shows."""
    box.setFocus()
    box.selectAll()
    box.lineEdit().insert(text)  # as pasted: keys can't write all signs
    qtbot.keyClick(box, Qt.Key.Key_Return)
    return box.text()


def hint(box: QWidget) -> str:
    said = [
        each.accessibleName() for each in box.window().findChildren(Hint) if not each.isHidden()
    ]
    return said[0] if said else ""


@pytest.mark.parametrize("text", ["20,000", "20.000", "20 000", "20\u202f000", "20’000", "2e4"])
def test_twenty_thousand_particles_however_written(qtbot: QtBot, text: str) -> None:
    box = made(qtbot, PARTICLES, 5000)
    assert typed(qtbot, box, text) == "20,000"
    assert (box.value(), hint(box)) == (20_000, "")


def test_what_is_out_of_range_is_set_to_the_bound_and_said(qtbot: QtBot) -> None:
    box = made(qtbot, PARTICLES, 5000)
    assert typed(qtbot, box, "2,000,000") == "1,000,000"
    assert hint(box) == "The most here is 1,000,000."
    assert typed(qtbot, box, "−3") == "1"
    assert hint(box) == "The least here is 1."


def test_nonsense_brings_the_former_value_back_and_says_so(qtbot: QtBot) -> None:
    box = made(qtbot, PARTICLES, 5000)
    seen: list[float] = []
    box.valueChanged.connect(seen.append)
    assert typed(qtbot, box, "many") == "5,000"
    assert hint(box) == "“many” is not a number. The former value is back."
    assert seen == []
    assert typed(qtbot, box, "") == "5,000"
    assert hint(box) == ""


def test_the_hint_stays_when_enter_leaves_the_box_and_goes_with_the_next_word(
    qtbot: QtBot,
) -> None:
    box = made(qtbot, PARTICLES, 5000)
    assert typed(qtbot, box, "many") == "5,000"
    box.editingFinished.emit()  # as when the focus goes to the picture
    assert hint(box).startswith("“many”")
    qtbot.keyClicks(box, "7")
    assert hint(box) == ""


def test_a_rounded_number_says_so(qtbot: QtBot) -> None:
    box = made(qtbot, PARTICLES, 5000)
    assert typed(qtbot, box, "7/2") == "4"
    assert hint(box) == "Rounded to 4, a whole number."


def test_a_unit_may_be_typed_or_left(qtbot: QtBot) -> None:
    box = made(qtbot, Scale(-180, 180), 0, "°")
    assert typed(qtbot, box, "−45") == "-45°"
    assert typed(qtbot, box, "30 deg") == "30°"


def test_a_hint_goes_by_itself(qtbot: QtBot) -> None:
    box = made(qtbot, PARTICLES, 5000)
    typed(qtbot, box, "many")
    said = box.window().findChild(Hint)
    assert said.isVisible()
    assert box.window().rect().contains(said.geometry())
    said._timer.timeout.emit()
    assert not said.isVisible()


def test_leaving_the_box_reads_it_too(qtbot: QtBot) -> None:
    box = made(qtbot, PARTICLES, 5000)
    box.selectAll()
    box.lineEdit().insert("1 000")
    QApplication.sendEvent(box, QFocusEvent(QEvent.Type.FocusOut))
    assert box.text() == "1,000"


def focused(qtbot: QtBot, box: NumberBox) -> None:
    box.window().activateWindow()
    qtbot.waitUntil(box.isActiveWindow)
    box.clearFocus()
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(box.hasFocus)


def test_thousands_are_apart_except_where_somebody_types(qtbot: QtBot) -> None:
    box, seen = made(qtbot, PARTICLES, 20_000), list[float]()
    other = QLineEdit()
    box.window().layout().addWidget(other)
    box.valueChanged.connect(seen.append)
    assert box.text() == "20,000"
    focused(qtbot, box)
    assert box.text() == box.lineEdit().selectedText() == "20000"
    qtbot.keyClick(box, Qt.Key.Key_End)
    qtbot.keyClick(box, Qt.Key.Key_Backspace)  # beside a comma it would be another number
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    assert (box.text(), seen) == ("2,000", [2000])


def test_a_number_with_more_digits_than_are_shown_stays_exact_through_the_focus(
    qtbot: QtBot,
) -> None:
    box, seen = made(qtbot, Scale(-1e5, 1e5), 12_345.6789012), list[float]()
    box.valueChanged.connect(seen.append)
    assert box.text() == "12,345.7"
    focused(qtbot, box)
    assert box.text() == "12345.7"
    box.clearFocus()
    assert (box.text(), box.value(), seen) == ("12,345.7", 12_345.6789012, [])


@pytest.mark.parametrize(
    ("value", "shows"),
    [(999, "999"), (1000, "1,000"), (-3600, "-3,600"), (0.12345, "0.12345"), (1e-6, "1e-6")],
)
def test_what_is_shown_is_read_as_itself(value: float, shows: str) -> None:
    scale = Scale(-1e7, 1e7)
    assert scale.shown(value) == shows
    assert float(scale.text(value)) == value
    assert Scale(-1e7, 1e7, grouped=False).shown(value) == scale.text(value)


def test_a_sentence_never_ends_a_line_before_its_number(qtbot: QtBot) -> None:
    bar = TimeBar(Playback())
    qtbot.addWidget(bar)
    bar.show()
    typed(qtbot, bar.number, "2")
    said = bar.findChild(Hint)
    assert said.text() == "The most here is\u00a01."
    assert said.height() < 2 * said.fontMetrics().lineSpacing()  # one line


def test_a_typed_time_pauses_there_and_shows_the_time_until_then(qtbot: QtBot) -> None:
    playback = Playback()
    bar = TimeBar(playback)
    qtbot.addWidget(bar)
    bar.show()
    bar.activateWindow()
    playback.play()
    bar.number.setFocus()
    qtbot.waitUntil(bar.number.hasFocus)
    playback.seek(0.3)
    assert playback.playing
    assert bar.number.lineEdit().selectedText() == "0.300"  # still true, and typed over
    qtbot.keyClicks(bar.number, "0.7")
    assert not playback.playing
    playback.tick()
    assert bar.number.text() == "0.7"
    qtbot.keyClick(bar.number, Qt.Key.Key_Return)
    assert (playback.t, playback.playing) == (0.7, False)
    playback.play()
    bar.number.stepBy(1)
    assert not playback.playing


def test_enter_takes_the_number_and_a_second_one_presses_the_button(qtbot: QtBot) -> None:
    dialog, box = QDialog(), NumberBox(PARTICLES)
    qtbot.addWidget(dialog)
    column, button = QVBoxLayout(dialog), QPushButton("Go")
    column.addWidget(box)
    column.addWidget(button)
    button.setDefault(True)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    dialog.show()
    for text, value in (("many", PARTICLES.low), ("1,000", 1000), ("2,000", 2000)):
        typed(qtbot, box, text)
        assert pressed == []
        assert box.value() == value
    for key, times in ((Qt.Key.Key_Return, 1), (Qt.Key.Key_Enter, 2)):
        qtbot.keyClick(box, key)
        assert len(pressed) == times
    box.stepBy(1)  # as an arrow key does: nothing is being typed
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert len(pressed) == 3


def test_a_form_takes_particles_as_people_write_them(qtbot: QtBot) -> None:
    form = Form(View(), fields=["particles"])
    qtbot.addWidget(form)
    form.show()
    got: list[View] = []
    form.edited.connect(got.append)
    typed(qtbot, form.fields["particles"].box, "20,000")  # type: ignore[attr-defined]
    assert [view.particles for view in got] == [20_000]


@pytest.mark.parametrize(
    ("text", "t", "shows"),
    [
        ("0,25", 0.25, "0.250"),
        ("0.25", 0.25, "0.250"),
        ("1/3", 1 / 3, "0.333"),
        ("25 %", 0.25, "0.250"),
        ("1.000", 1.0, "1.000"),
        ("2", 1.0, "1.000"),
    ],
)
def test_the_time_is_read_as_people_write_it(qtbot: QtBot, text: str, t: float, shows: str) -> None:
    bar = TimeBar(Playback())
    qtbot.addWidget(bar)
    bar.show()
    assert typed(qtbot, bar.number, text) == shows
    assert bar.playback.t == pytest.approx(t, abs=1e-9)
    assert hint(bar.number) == ("The most here is 1." if text == "2" else "")


def test_an_export_takes_the_numbers_of_its_boxes(qtbot: QtBot) -> None:
    def frame_at(t: float, theme: str, width: int, height: int) -> Frame:
        raise AssertionError

    dialog = ExportDialog(frame_at, 0.5, "dark")
    qtbot.addWidget(dialog)
    dialog.format.setCurrentIndex(dialog.format.findData(".svg"))  # nothing to estimate
    for box, text in (
        (dialog.width_box, "1’920"),
        (dialog.height_box, "1.080"),
        (dialog.fps, "30"),
        (dialog.seconds, "2,5 s"),
    ):
        box.lineEdit().selectAll()
        box.lineEdit().insert(text)
        box.interpretText()
    spec = dialog.spec
    assert (spec.width, spec.height, spec.fps, spec.seconds) == (1920, 1080, 30, 2.5)
    assert isinstance(spec.width, int)


@pytest.mark.parametrize("text", ["0; 0,25; 1", "0 1/4 1", "0, 0.25, 1", "0, 0,25, 1"])
def test_values_of_alpha_in_any_notation(qtbot: QtBot, text: str) -> None:
    field = AlphasField(Blending())
    qtbot.addWidget(field)
    field.line.setText(text)
    field.line.editingFinished.emit()
    assert field._blending.alphas == (0.0, 0.25, 1.0)
    assert field.line.text() == text or field.complaint.text() == ""


def test_a_third_is_shown_whole(qtbot: QtBot) -> None:
    form = Form(Stochastic(), fields=["eps"])
    qtbot.addWidget(form)
    form.resize(216, 60)
    form.show()
    form.set_value(Stochastic(eps=1 / 3))
    settle()
    box = form.findChild(NumberBox)
    assert box is not None
    line = box.lineEdit()
    assert line.text() == "0.333333"
    assert line.contentsRect().width() >= line.fontMetrics().horizontalAdvance(line.text())
