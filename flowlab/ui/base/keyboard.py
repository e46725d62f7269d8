"""Keys as they arrive: commands, and digits on keyboards whose row of digits writes letters."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
FRENCH = "&é\"'(-è_ç"  # what the keys of 1 to 9 write on AZERTY without Shift
# The codes of the keys of 1 to 9, by where they lie and not by what they write.
MAC = (0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19)
WINDOWS = tuple(range(0x02, 0x0B))
X11 = tuple(range(10, 19))  # Wayland counts alike
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def digit_of(event: QKeyEvent) -> int | None:
    """The digit, 1 to 9, that a key writes or would write with Shift; None for other keys."""
    written = event.key() - Qt.Key.Key_0.value
    if 1 <= written <= 9:
        return written
    if event.modifiers() not in PLAIN:
        return None
    codes, code = _codes(event)
    if code > 1:  # known: offscreen and sent events have none
        return codes.index(code) + 1 if code in codes else None
    text = event.text().lower()
    return FRENCH.index(text) + 1 if len(text) == 1 and text in FRENCH else None


def _codes(event: QKeyEvent) -> tuple[tuple[int, ...], int]:
    if sys.platform == "darwin":
        return MAC, event.nativeVirtualKey()
    return WINDOWS if sys.platform == "win32" else X11, event.nativeScanCode()
