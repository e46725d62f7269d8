"""The second row of the time bar: training time, the way back to now, and the pin."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from flowlab.scene.base.style import Theme
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.room.training_slider import TrainingSlider
from flowlab.ui.shell.look_back import NEWEST, NO_NETWORK, Timeline

SLIM = "padding: 0 8px; min-height: 18px;"  # for buttons in a thin row


class TrainingRow(QObject):
    """A name and a slider; the bar places its `tools`: the current step, "Now" and "Pin"."""

    sought = Signal(object)  # a step, or None: now
    pin_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = QLabel("Training")
        self.name.setProperty("role", "name")
        self.name.setToolTip("Training time: the same flow, earlier in its training")
        self.slider = TrainingSlider()
        self.words = QLabel()
        self.words.setProperty("role", "dim")
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.now = QPushButton("Now")
        self.now.setToolTip("Back to the newest weights (Shift+End)")
        self.pin = QToolButton()  # it shows whether the pin is on
        self.pin.setText("Pin")
        self.pin.setCheckable(True)
        self.pin.setToolTip("Keep this moment of training in sight, beside what you look at next")
        call(self.now, does="now")
        call(self.pin, does="pin")
        self.tools = self._tools()
        self.slider.sought.connect(self.sought)
        self.now.clicked.connect(lambda: self.sought.emit(None))
        self.pin.clicked.connect(lambda: self.pin_clicked.emit())
        self.show_line(Timeline(known=False))

    def _tools(self) -> QWidget:
        tools = QWidget()
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        for button in (self.now, self.pin):
            button.setProperty("role", "tight")
            button.setStyleSheet(SLIM)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        return tools

    def show_line(self, line: Timeline) -> None:
        """Show the available moments and the current one."""
        self.slider.show_line(line)
        self.words.setText(line.words)
        self.words.setToolTip(line.words)
        allow(self.now, NEWEST if line.step is None else "")
        self.pin.setChecked(line.pinned is not None)
        allow(self.pin, NO_NETWORK if line.idle else "")

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.slider.theme = theme
        self.slider.update()
