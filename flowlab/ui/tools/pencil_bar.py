"""The floating bar of drawing tools at the edge of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
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
    QStackedWidget,
    QToolButton,
    QWidget,
)

from flowlab.core.document.classes import class_name
from flowlab.core.document.shapes import CLASSES, MIRRORS, TOOLS
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import Theme
from flowlab.ui.base.called import call
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.base.controls import NOTCHES, SLIDER_KEYS, CalmSlider, KeyKeeper
from flowlab.ui.base.icons import current_theme, icon, set_icon
from flowlab.ui.state.brush import SIZE, STRENGTH
from flowlab.ui.tools.bar_rows import APART, ARRANGEMENTS, arrange, rows_of
from flowlab.ui.tools.pencil import Pencil
from flowlab.ui.tools.select_tool import CHOOSE, CHOSEN, REGIONS

KEYS = {"brush": "B", "eraser": "E", "line": "L", "polygon": "P", "spray": "S", "move": "V"}
TIPS = {
    "brush": "Draw freely; a pen's pressure widens the stroke",
    "eraser": "Hold E, or draw with the right button, to erase in between",
    "line": "Drag a straight line; Shift keeps to steps of 15°",
    "polygon": "Click corners and close with Enter, or drag the outline freely",
    "spray": "Scatter dots along the way",
    "move": "Drag a rectangle around a part, or click a stroke; then drag it, or turn it by its "
    "knob. V again: by a lasso",
}
MARGINS = (12, 8, 12, 8)  # px around the tools: left, above, right, below
WIDE = 480  # px that the hint may use where the tools need less
WRAP = Qt.TextFlag.TextWordWrap.value


ALSO = {  # other names of tools
    "brush": "paint, pencil, pen, draw",
    "eraser": "erase, rubber, delete, remove",
    "move": "select, selection, drag strokes, rotate",
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
        self._make_regions()
        self.size_slider = self._slider("Size")
        self.strength_slider = self._slider("Strength")
        call(self.size_slider, also="brush size, pencil size, stroke width, thickness")
        call(self.strength_slider, also="brush strength, opacity, mass, pressure")
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
            call(button, also=ALSO.get(name, ""))
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
        self.mirror = CalmCombo()
        KeyKeeper(self.mirror, (*SLIDER_KEYS, Qt.Key.Key_Space))
        self.mirror.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mirror.setAccessibleName("Mirror")
        call(self.mirror, also="symmetry, symmetric drawing, reflect, reflection, kaleidoscope")
        self.mirror.setToolTip("Mirror every stroke at the axes")
        for name, words in MIRRORS.items():
            self.mirror.addItem(words, name)
        self.mirror.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _make_buttons(self) -> None:
        self.clear, self.done = QPushButton("Clear"), QPushButton("Done")
        self.clear.setToolTip("Empty the sheet; undo brings the drawing back")
        self.done.setToolTip("Back to the flow (Esc)")
        self.done.setProperty("role", "primary")
        for button in (self.clear, self.done):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _make_regions(self) -> None:
        """Make the switch of the select tool, which takes the place of the brush's settings."""
        self.regions: dict[str, QToolButton] = {}
        self._region_group = QButtonGroup(self)
        self.region_row = QWidget()
        row = _row(self.region_row)
        for name, title in REGIONS.items():
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setProperty("role", "quiet")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(f"{CHOOSE[name]} (V changes)")
            button.setAccessibleName(f"Select by: {title.lower()}")
            button.clicked.connect(lambda _, name=name: self.pencil.set_region(name))
            self._region_group.addButton(button)
            self.regions[name] = button
            row.addWidget(button)
        row.addStretch(1)

    def _lay_out(self) -> None:
        self.size_value, self.strength_value = QLabel(), QLabel()
        self.hint = QLabel()
        self.hint.setProperty("role", "dim")
        self.hint.setWordWrap(True)
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.size_stack = QStackedWidget()
        self.size_stack.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.size_stack.addWidget(self._setting("Size", self.size_slider, self.size_value))
        self.size_stack.addWidget(self.region_row)
        self.strength_row = self._setting("Strength", self.strength_slider, self.strength_value)
        policy = self.strength_row.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that no tool moves the others
        self.strength_row.setSizePolicy(policy)
        swatches, tools = QWidget(), QWidget()
        for box, buttons in ((swatches, self.swatches), (tools, self.tools.values())):
            row = _row(box)
            for button in buttons:
                row.addWidget(button)
        self.groups = {
            "title": self.title,
            "swatches": swatches,
            "tools": tools,
            "mirror": self.mirror,
            "size": self.size_stack,
            "strength": self.strength_row,
            "clear": self.clear,
            "done": self.done,
        }
        for widget in (*self.groups.values(), self.hint):
            widget.setParent(self)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(*MARGINS)
        self.grid.setHorizontalSpacing(APART)
        self.grid.setVerticalSpacing(4)

    def _setting(self, name: str, slider: CalmSlider, value: QLabel) -> QWidget:
        """Make a row of a name, a slider, and the value."""
        box, label = QWidget(), QLabel(name)
        row = _row(box)
        row.setSpacing(6)
        for words in (label, value):
            words.setProperty("role", "dim")
            words.ensurePolished()
        widths = [label.fontMetrics().horizontalAdvance(each) for each in ("Strength", "100 %")]
        label.setMinimumWidth(widths[0] + 2)
        label.setBuddy(slider)
        value.setMinimumWidth(widths[1] + 2)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (label, slider, value):
            row.addWidget(widget)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return box

    def fitted(self, width: int) -> QSize:
        """Arrange the tools for a canvas of this width, and return the size that they take."""
        self._measure()
        for arrangement in ARRANGEMENTS:
            arrange(self.grid, self.groups, arrangement)
            rows, columns = rows_of(arrangement)
            self.grid.addWidget(self.hint, rows, 0, 1, columns)
            needed = self.grid.totalMinimumSize().width()
            if needed <= width:
                break
        wide = min(max(needed, min(width, WIDE)), width)
        self._reserve(wide - MARGINS[0] - MARGINS[2] - 2 * self.frameWidth())
        return QSize(wide, self.grid.totalMinimumSize().height())

    def _measure(self) -> None:
        """Make every size hint that of the styled widget, also before the bar is first shown."""
        for widget in self.findChildren(QWidget):
            widget.ensurePolished()
            if isinstance(widget, QToolButton):  # the style sheet's least width has no words
                widget.setMinimumWidth(widget.sizeHint().width())
        for group in self.groups.values():
            inner = group.layout()
            if inner is not None:
                inner.invalidate()

    def _reserve(self, width: int) -> None:
        """Give the hint the height of the longest one, so that no tool changes the bar's."""
        self.hint.ensurePolished()
        metrics, box = self.hint.fontMetrics(), QRect(0, 0, width, 1000)
        heights = [metrics.boundingRect(box, WRAP, words).height() for words in all_hints()]
        self.hint.setFixedHeight(max(heights))

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
        selects = pencil.tool == "move"
        self.size_stack.setCurrentIndex(int(selects))
        self.strength_row.setVisible(not selects)
        self.regions[pencil.region].setChecked(True)
        words = pencil.select.hint(pencil.region) if selects else TIPS[pencil.tool]
        if self.hint.text() != words:
            self.hint.setText(words)

    @staticmethod
    def _show_on(slider: CalmSlider, share: float) -> None:
        if not slider.isSliderDown():
            slider.blockSignals(True)
            slider.setValue(round(NOTCHES * share))
            slider.blockSignals(False)


def all_hints() -> list[str]:
    """Every sentence that the bar can show."""
    return [*(words for tool, words in TIPS.items() if tool != "move"), *CHOOSE.values(), CHOSEN]


def _row(box: QWidget) -> QHBoxLayout:
    """Give a box a row for widgets, without margins."""
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    return row
