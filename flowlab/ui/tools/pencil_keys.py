"""The pencil's keys: tools, sizes, classes, and what ends or drops an open shape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from flowlab.core.document.shapes import CLASSES, TOOLS
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.base.keyboard import COMMANDS, digit_of
from flowlab.ui.tools.sketch import Sketch

TOOL_KEYS = {
    Qt.Key.Key_B: "brush",
    Qt.Key.Key_E: "eraser",
    Qt.Key.Key_L: "line",
    Qt.Key.Key_P: "polygon",
    Qt.Key.Key_S: "spray",
    Qt.Key.Key_V: "move",
}
GROWTH = 1.15
SIZE_KEYS = {Qt.Key.Key_Up: GROWTH, Qt.Key.Key_Down: 1 / GROWTH}
BRACKETS = {"[": 1 / GROWTH, "]": GROWTH}
BRACKET_KEYS = {Qt.Key.Key_BracketLeft: 1 / GROWTH, Qt.Key.Key_BracketRight: GROWTH}
APPLY_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PencilKeys:
    """Gives keys to a pencil; the eraser, while E is held, to every tool."""

    def __init__(self, pencil: Sketch) -> None:
        self._pencil = pencil
        self._held: str | None = None  # the tool to return to when E is released
        self._used_held = False

    def note_press(self) -> None:
        """Remember that something was drawn while E was held."""
        self._used_held = True

    def wants(self, event: QKeyEvent) -> bool:
        """Return True if `take` would use this event, so that no shortcut takes it first."""
        pencil = self._pencil
        if event.matches(QKeySequence.StandardKey.Undo):
            return pencil.busy
        key = Qt.Key(event.key())
        if growth_of(event) is not None:
            return True
        if event.modifiers() & COMMANDS:
            return False
        open_ = key in (Qt.Key.Key_Escape, *APPLY_KEYS) and pencil.busy
        back = key == Qt.Key.Key_Backspace and bool(pencil.corners)
        return open_ or back or key in TOOL_KEYS or class_of(event) is not None

    def take(self, event: QKeyEvent) -> bool:
        """Handle a key that was pressed or released; return False if it has no use here."""
        if event.type() == QEvent.Type.KeyRelease:
            return self._key_up(event)
        if not self.wants(event):
            return False
        pencil = self._pencil
        if event.matches(QKeySequence.StandardKey.Undo):
            return pencil.undo()
        key, growth, label = Qt.Key(event.key()), growth_of(event), class_of(event)
        if growth is not None:
            pencil.set_size(pencil.size * growth)
        elif key in TOOL_KEYS:
            self._tool_key(key, event.isAutoRepeat())
        elif label is not None:
            pencil.set_label(label)
        elif key == Qt.Key.Key_Escape:
            pencil.cancel()
        elif key == Qt.Key.Key_Backspace:
            pencil.drop_corner()
        else:
            pencil.finish()
        return True

    def _tool_key(self, key: Qt.Key, repeated: bool) -> None:
        pencil = self._pencil
        if repeated or pencil.mode:
            return
        if key == Qt.Key.Key_E and pencil.tool != "eraser":
            self._held, self._used_held = pencil.tool, False
        if key == Qt.Key.Key_V and pencil.tool == "move":
            pencil.set_region("lasso" if pencil.region == "rectangle" else "rectangle")
        pencil.set_tool(TOOL_KEYS[key])

    def _key_up(self, event: QKeyEvent) -> bool:
        """Return to the earlier tool if the eraser was used while E was held."""
        if event.key() != Qt.Key.Key_E or event.isAutoRepeat():
            return False
        held, self._held = self._held, None
        if held is not None and self._used_held and self._pencil.tool == "eraser":
            self._pencil.break_off()
            self._pencil.set_tool(held)
        return True


def growth_of(event: QKeyEvent) -> float | None:
    """The factor by which a key changes the brush; None for other keys.

    A bracket counts however it is typed: with AltGr, which arrives as Ctrl and Alt, or Option.
    """
    modifiers, command = event.modifiers(), Qt.KeyboardModifier
    alt = bool(modifiers & command.AltModifier)
    if modifiers & command.MetaModifier or (modifiers & command.ControlModifier and not alt):
        return None
    bracket = BRACKETS.get(event.text(), BRACKET_KEYS.get(Qt.Key(event.key())))
    if bracket is not None:
        return bracket
    return None if alt else SIZE_KEYS.get(Qt.Key(event.key()))


def class_of(event: QKeyEvent) -> int | None:
    """The class, from 0, that a key of the row of digits chooses; None for other keys."""
    digit = digit_of(event)
    return digit - 1 if digit is not None and digit <= CLASSES else None


def key_rows() -> list[KeyRow]:
    """The keys and gestures of drawing."""
    tools = [KeyRow(_name(key), TOOLS[tool]) for key, tool in TOOL_KEYS.items()]
    return [
        *tools,
        KeyRow("E, held", "Erase in between, with any tool"),
        KeyRow("[  ]  Down  Up", "Smaller or larger brush; so does the wheel"),
        KeyRow(f"1 … {CLASSES}", "Draw in this class"),
        KeyRow("Right button", "Erase; take back a corner of a polygon"),
        KeyRow("V again", "Select by a rectangle or by a lasso; a click picks a stroke"),
        KeyRow("Shift", "Lines and turns in steps of 15°; add to what is selected"),
        KeyRow("Double click", "Close the polygon"),
        KeyRow("Enter", "Close the polygon, or put down what is being moved"),
        KeyRow("Backspace", "Take back the last corner of the polygon"),
        KeyRow("Ctrl+Z", "Take back what is begun: a corner, or the selection"),
        KeyRow("Esc", "Drop what is begun; then stop drawing"),
    ]


def _name(key: Qt.Key) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
