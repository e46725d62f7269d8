"""The floating bar of drawing tools at the edge of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.classes import class_name
from flowlab.core.document.shapes import CLASSES, MIRRORS, TOOLS
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import Theme
from flowlab.ui.base.controls import NOTCHES, CalmSlider, WordsCombo
from flowlab.ui.base.icons import current_theme, icon, set_icon
from flowlab.ui.state.brush import SIZE, STRENGTH
from flowlab.ui.tools.pencil import Pencil

KEYS = {"brush": "B", "eraser": "E", "line": "L", "polygon": "P", "spray": "S", "move": "V"}
TIPS = {
    "brush": "Draw freely; a pen's pressure widens the stroke",
    "eraser": "Hold E, or draw with the right button, to erase in between",
    "line": "Drag a straight line; Shift keeps to steps of 15°",
    "polygon": "Click corners and close with Enter, or drag the outline freely",
    "spray": "Scatter dots along the way",
    "move": "Lasso a part (with Shift a rectangle), then drag it; drag outside to turn it",
}


class Swatch(QAbstractButton):
    """A numbered disc in a class's colour."""

    def __init__(self, label: int) -> None:
        super().__init__()
        self.label = label
        self.setCheckable(True)
        self.name = class_name(label)
        self.setToolTip(f"Class {self.name} ({self.name})")
        self.setAccessibleName(f"Class {self.name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of the disc and its ring."""
        return QSize(22, 26)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw disc and number, and a ring if selected or focused."""
        theme = current_theme()
        colour = QColor(*class_colour(theme, self.label))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(self.width() / 2, self.height() / 2)
        if self.isChecked() or self.hasFocus():
            ring = theme.text if self.isChecked() else theme.learned
            painter.setPen(QPen(QColor(*ring), 1.6))
            painter.drawEllipse(centre, 9.8, 9.8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(centre, 7.8, 7.8)
        font = painter.font()
        font.setPixelSize(10)
        font.setBold(True)
        painter.setFont(font)
        dark = 0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue() > 110
        painter.setPen(QColor(15, 15, 20) if dark else QColor(255, 255, 255))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.name)
        painter.end()


class PencilBar(QFrame):
    """Shows and changes the pencil's settings, which keys can change too."""

    clear_requested = Signal()
    done_requested = Signal()

    def __init__(self, pencil: Pencil, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pencil = pencil
        self.setProperty("role", "float")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self._make_tools()
        self._make_swatches()
        self.size_slider = self._slider("Size")
        self.strength_slider = self._slider("Strength")
        self._make_mirror()
        self._make_buttons()
        self._lay_out()
        self._connect()
        self.role = ""
        self.set_role("target")
        self.show_settings()
        if parent is not None:
            parent.installEventFilter(self)

    def _make_tools(self) -> None:
        self.tools: dict[str, QToolButton] = {}
        self._tool_group = QButtonGroup(self)
        for name, title in TOOLS.items():
            button = QToolButton()
            button.setCheckable(True)
            button.setProperty("role", "quiet")
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(button, name)
            button.setToolTip(f"{title} ({KEYS[name]})\n{TIPS[name]}")
            button.setAccessibleName(title)
            button.setAccessibleDescription(TIPS[name])
            button.clicked.connect(lambda _, name=name: self.pencil.set_tool(name))
            self._tool_group.addButton(button)
            self.tools[name] = button

    def _make_swatches(self) -> None:
        self.swatches = [Swatch(label) for label in range(CLASSES)]
        self._swatch_group = QButtonGroup(self)
        for swatch in self.swatches:
            self._swatch_group.addButton(swatch)
            swatch.clicked.connect(lambda _, k=swatch.label: self.pencil.set_label(k))

    def _slider(self, name: str) -> CalmSlider:
        slider = CalmSlider()
        slider.setFixedWidth(84)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        slider.setAccessibleName(name)
        return slider

    def _make_mirror(self) -> None:
        self.mirror = WordsCombo()
        self.mirror.setFixedWidth(134)
        self.mirror.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mirror.setAccessibleName("Mirror")
        self.mirror.setToolTip("Mirror every stroke at the axes")
        for name, words in MIRRORS.items():
            self.mirror.addItem(words, name)

    def _make_buttons(self) -> None:
        self.clear, self.done = QPushButton("Clear"), QPushButton("Done")
        self.clear.setToolTip("Empty the sheet; undo brings the drawing back")
        self.done.setToolTip("Back to the flow (Esc)")
        self.done.setProperty("role", "primary")
        for button in (self.clear, self.done):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(0)
        self.size_value, self.strength_value = QLabel(), QLabel()
        rows = (
            ("Size", self.size_slider, self.size_value),
            ("Strength", self.strength_slider, self.strength_value),
        )
        for row, (name, slider, value) in enumerate(rows):
            label = QLabel(name)
            for words in (label, value):
                words.setProperty("role", "dim")
            label.setBuddy(slider)
            value.setMinimumWidth(30)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((label, slider, value)):
                grid.addWidget(widget, row, column)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for row_ in (upper, lower):
            row_.setSpacing(2)
        upper.addWidget(self.title)
        upper.addStretch(1)
        for swatch in self.swatches:
            upper.addWidget(swatch)
        for tool in self.tools.values():
            lower.addWidget(tool)
        lower.addSpacing(8)
        lower.addWidget(self.mirror)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(upper)
        left.addLayout(lower)
        right = QVBoxLayout()
        right.setSpacing(4)
        for button in (self.clear, self.done):
            right.addWidget(button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(14)
        layout.addLayout(left)
        layout.addLayout(grid)
        layout.addLayout(right)

    def _connect(self) -> None:
        self.pencil.changed.connect(self.show_settings)
        self.size_slider.valueChanged.connect(lambda n: self.pencil.set_size(SIZE.at(n / NOTCHES)))
        self.strength_slider.valueChanged.connect(
            lambda n: self.pencil.set_strength(STRENGTH.at(n / NOTCHES))
        )
        self.size_slider.stepped.connect(
            lambda n: self.pencil.set_size(SIZE.stepped(self.pencil.size, n))
        )
        self.strength_slider.stepped.connect(
            lambda n: self.pencil.set_strength(STRENGTH.stepped(self.pencil.strength, n))
        )
        self.mirror.activated.connect(lambda: self.pencil.set_mirror(self.mirror.currentData()))
        self.clear.clicked.connect(self._clear)
        self.done.clicked.connect(self._done)

    def _clear(self) -> None:
        self.pencil.cancel()
        self.clear_requested.emit()

    def _done(self) -> None:
        """Finish drawing; an open polygon or moved selection is applied."""
        self.pencil.finish()
        self.done_requested.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Offer the canvas's keys to the pencil before the window's shortcuts, and release E."""
        if not self.isVisible():
            return False
        if event.type() == QEvent.Type.Leave:
            self.pencil.leave()
        elif isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self.pencil.wants(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyRelease:
                return self.pencil.key(event)
        return False

    def set_role(self, role: str) -> None:
        """Set the role, "source" or "target"; drop what was open for the other one."""
        if role != self.role:
            self.pencil.cancel()
        self.role = role
        self.title.setText(f"Drawing the {role}")
        self.setAccessibleName(f"Drawing the {role}")

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        for name, button in self.tools.items():
            button.setIcon(icon(name, theme))
        self.update()

    def show_settings(self) -> None:
        """Show the pencil's settings."""
        pencil = self.pencil
        self.tools[pencil.tool].setChecked(True)
        self.swatches[pencil.label].setChecked(True)
        self.mirror.setCurrentIndex(self.mirror.findData(pencil.mirror))
        self._show_on(self.size_slider, SIZE.share(pencil.size))
        self._show_on(self.strength_slider, STRENGTH.share(pencil.strength))
        self.size_value.setText(f"{pencil.size:.2g}")
        self.strength_value.setText(f"{100 * pencil.strength:.0f} %")

    @staticmethod
    def _show_on(slider: CalmSlider, share: float) -> None:
        if not slider.isSliderDown():
            slider.blockSignals(True)
            slider.setValue(round(NOTCHES * share))
            slider.blockSignals(False)
