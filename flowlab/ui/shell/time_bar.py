"""The time bar: play, seek, speed and mode, in the same place in every room."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from flowlab.core.views.registry import VIEWS
from flowlab.core.views.rows import TIME
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.called import call
from flowlab.ui.base.icons import icon
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.base.scale import Scale
from flowlab.ui.base.widgets import BRIEF_MS
from flowlab.ui.room.training_row import TrainingRow
from flowlab.ui.state.playback import BIG_STEP, MODES, SPEEDS, STEP, Playback

MARGIN, RADIUS, TRACK = 12, 8, 6  # px: ends of the track, handle, thickness


class TimeSlider(QWidget):
    """A track from amber to blue with ten ticks, filled up to t."""

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.t, self.theme = 0.0, DARK
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(160)
        self.setAccessibleName("Time t, from source (0) to target (1)")
        self.setToolTip(
            "Drag to scrub. Arrow keys step, with Ctrl farther; Home and End jump, Space plays."
        )

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of one row."""
        return QSize(480, 36)

    def show_t(self, t: float) -> None:
        """Move the handle to t."""
        self.t = t
        self.update()

    def x_of(self, t: float) -> float:
        """Return the pixel column of time t."""
        return MARGIN + t * (self.width() - 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw track, filled part, ticks and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2 - 3
        painter.setBrush(QColor(*self.theme.line))
        painter.drawRoundedRect(self._track(1.0, middle), TRACK / 2, TRACK / 2)
        painter.setBrush(self._gradient())
        painter.drawRoundedRect(self._track(self.t, middle), TRACK / 2, TRACK / 2)
        self._paint_ticks(painter, middle)
        self._paint_handle(painter, middle)

    def _track(self, to: float, middle: float) -> QRectF:
        return QRectF(MARGIN, middle - TRACK / 2, self.x_of(to) - MARGIN, TRACK)

    def _gradient(self) -> QLinearGradient:
        gradient = QLinearGradient(self.x_of(0), 0, self.x_of(1), 0)
        for at, colour in ((0.0, self.theme.source), (0.5, self.theme.dim), (1, self.theme.target)):
            gradient.setColorAt(at, QColor(*colour))
        return gradient

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        painter.setPen(QPen(QColor(*self.theme.dim), 1))
        for i in range(11):
            x, length = self.x_of(i / 10), 6 if i % 5 == 0 else 3
            painter.drawLine(QPointF(x, middle + 9), QPointF(x, middle + 9 + length))

    def _paint_handle(self, painter: QPainter, middle: float) -> None:
        ring = self.theme.learned if self.hasFocus() else self.theme.canvas
        painter.setPen(QPen(QColor(*ring), 2))
        painter.setBrush(QColor(*self.theme.particle))
        painter.drawEllipse(QPointF(self.x_of(self.t), middle), RADIUS, RADIUS)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Seek to the pressed place."""
        self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Seek to the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Pass on arrows, Home and End, which are the window's."""
        event.ignore()

    def _seek(self, x: float) -> None:
        self.sought.emit(min(1.0, max(0.0, (x - MARGIN) / max(1, self.width() - 2 * MARGIN))))


@dataclass(frozen=True)
class TimeScale(Scale):
    """From 0 to 1, always with three decimals, so that the text doesn't jump while it plays."""

    def text(self, value: float) -> str:
        """Return the time with three decimals."""
        return f"{value:.3f}"


class TimeBar(QWidget):
    """Transport buttons, slider, t as a number, mode and speed; training time below."""

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.playback = playback
        self.theme: Theme | None = None  # None before the first theme: no icons
        self.setObjectName("timeBar")
        self.play = self._button("Play or pause (Space)", playback.toggle)
        self.play.setObjectName("play")
        self.back = self._button("Play backwards (R)", playback.reverse)
        self.back.setCheckable(True)
        call(self.play, does="play")
        call(self.back, does="reverse")
        self.slider = TimeSlider()
        self.training = TrainingRow()
        self.name = QLabel(f"{TIME} =")
        self.number = self._number()
        self.mode = self._mode()
        self.speed = self._speed()
        self._lay_out()
        self.slider.sought.connect(playback.seek)
        playback.moved.connect(self._show_t)
        playback.changed.connect(self._show_state)
        self._show_state()

    def show_view(self, name: str) -> None:
        """Call the time as a view does: α is elsewhere a weight of the path, and falls from 1."""
        time = VIEWS[name].time
        self.name.setText(f"{TIME} =" if time == TIME else f"{TIME} = {time} =")

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons and the slider."""
        self.theme = self.slider.theme = theme
        self.back.setIcon(icon("reverse", theme))
        self.training.set_theme(theme)
        self._show_icon()
        self.slider.update()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 6, 16, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(2, 1)
        label = self.name
        label.setProperty("role", "heading")
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label.setToolTip(
            "t of the interpolant is α of the alpha-blending papers: "
            "0 is the source, 1 is the target"
        )
        label.setBuddy(self.number)
        widgets = (self.play, self.back, self.slider, label, self.number, self.mode, self.speed)
        for column, widget in enumerate(widgets):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self.training.name, 1, 0, 1, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.training.slider, 1, 2)
        grid.addWidget(self.training.tools, 1, 3, 1, 4)
        for widget in self.findChildren(QWidget):
            widget.setToolTipDuration(BRIEF_MS)

    def _button(self, tip: str, action: object) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setIconSize(QSize(18, 18))
        button.setFixedSize(38, 32)
        button.clicked.connect(action)
        return button

    def _number(self) -> NumberBox:
        box = NumberBox(TimeScale(0.0, 1.0, step=STEP))
        box.setAlignment(Qt.AlignmentFlag.AlignLeft)
        box.setFixedWidth(64)
        box.setProperty("role", "heading")
        box.setAccessibleName("Time t")
        call(box, also="alpha, α, time")
        box.setToolTip("Type a time; playing pauses there")
        box.valueChanged.connect(self._choose_t)
        box.lineEdit().textEdited.connect(lambda _: self.playback.pause())
        box.lineEdit().returnPressed.connect(box.clearFocus)
        box.editingFinished.connect(lambda: self._show_t(self.playback.t))
        return box

    def _mode(self) -> QComboBox:
        box = QComboBox()
        for key, title in MODES.items():
            box.addItem(title, key)
        box.setAccessibleName("What happens at the end")
        call(box, also="loop mode, repeat", does="end")
        box.setToolTip("What happens at the end of the time line")
        box.activated.connect(lambda _: self.playback.set_mode(box.currentData()))
        return box

    def _speed(self) -> QComboBox:
        box = QComboBox()
        for speed in SPEEDS:
            box.addItem(f"{speed:g}×", speed)
        box.setCurrentIndex(SPEEDS.index(1.0))
        box.setAccessibleName("Speed")
        call(box, also="slow motion, slow down, speed up, faster, slower, fast, playback rate")
        box.setToolTip("Speed of play")
        box.activated.connect(lambda _: self.playback.set_speed(box.currentData()))
        return box

    def _choose_t(self, t: float) -> None:
        """Go to a time that was typed or stepped to, and stay there."""
        self.playback.pause()
        self.playback.seek(t)

    def _show_t(self, t: float) -> None:
        self.slider.show_t(t)
        line = self.number.lineEdit()
        if line.isModified():
            return  # a number is being typed
        self.number.blockSignals(True)
        self.number.setValue(t)
        self.number.blockSignals(False)
        if self.number.hasFocus() and self.playback.playing:
            line.selectAll()  # what is typed replaces it, however often it has changed

    def _show_icon(self) -> None:
        if self.theme is not None:
            self.play.setIcon(icon("pause" if self.playback.playing else "play", self.theme))

    def _show_state(self) -> None:
        self._show_icon()
        self.back.setChecked(self.playback.direction < 0)
        self.mode.setCurrentIndex(self.mode.findData(self.playback.mode))
        self.speed.setCurrentIndex(self.speed.findData(self.playback.speed))


def step_keys() -> dict[str, float]:
    """Keys for large steps of the play head, with their sizes; the plain arrows are the room's."""
    return {"Ctrl+Left": -BIG_STEP, "Ctrl+Right": BIG_STEP}
