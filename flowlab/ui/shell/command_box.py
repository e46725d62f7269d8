"""The search box for actions and controls: type a few letters, press Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from flowlab.ui.base.key_rows import GROUP

if TYPE_CHECKING:
    from flowlab.ui.shell.command_list import CommandList
    from flowlab.ui.shell.control_index import Control

MOST_FOUND = 60
MOST = 10  # rows visible without scrolling


def score(typed: str, words: str) -> float | None:
    """How well `typed` abbreviates `words`, larger is better; None if it doesn't.

    All letters must occur in order; starts of words and runs of letters score more.
    """
    text, total, at, last = words.casefold(), 0.0, -1, -2
    for letter in typed.casefold().replace(" ", ""):
        starts = [i for i in range(at + 1, len(text)) if text[i] == letter and _start(text, i)]
        following = at + 1 if text[at + 1 : at + 2] == letter else -1
        best = (
            following if following >= 0 and at >= 0 else (starts or [text.find(letter, at + 1)])[0]
        )
        if best < 0:
            return None
        total += 3.0 if best == last + 1 else 2.0 if _start(text, best) else 0.5
        at = last = best
    exact = 20.0 if typed.casefold().strip() in text else 0.0
    return total + exact - 0.02 * len(text)


def _start(text: str, i: int) -> bool:
    return i == 0 or not text[i - 1].isalnum()


def plain(action: QAction) -> str:
    """The action's text without mnemonic marks."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def keys_of(action: QAction) -> str:
    """The action's shortcut in this desktop's notation."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


@dataclass(frozen=True)
class Found:
    """A line of the list: its words, what stands beside them, and what Enter does."""

    words: str
    beside: str
    tip: str
    act: Callable[[], object]


def _of_action(action: QAction) -> Found:
    beside = keys_of(action)
    if action.isCheckable():
        beside = f"{'on' if action.isChecked() else 'off'}   {beside}".rstrip()
    return Found(plain(action).rstrip("…"), beside, action.toolTip(), action.trigger)


def _score(typed: str, action: QAction) -> float | None:
    """How well an action fits: by the letters of its name, or the words of its tooltip."""
    by_name = score(typed, plain(action))
    words = action.toolTip().casefold().split()
    if by_name is None and len(typed) >= 3 and typed.casefold() in words:
        return float(len(typed))
    return by_name


class CommandBox(QLineEdit):
    """Finds any enabled action of its window and any control, by letters or words."""

    asked = Signal()  # the list is about to be filled
    opened = Signal()  # the box has been given the focus to search

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        keys = QKeySequence("Ctrl+K")
        self.setPlaceholderText(f"Search   {keys.toString(QKeySequence.SequenceFormat.NativeText)}")
        self.setAccessibleName("Search actions and settings")
        self.setMinimumWidth(190)
        self._matches: list[Found] = []
        # What the window finds beside its actions, and how it goes there.
        self.controls: Callable[[], Sequence[Control]] = tuple
        self.nearness: Callable[[Control], float] = lambda _: 0.0
        self.go: Callable[[Control], object] = lambda _: None
        self._before: QWidget | None = None
        self.popup: CommandList | None = None
        self.focus_action = QAction("Search actions and settings", self)
        self.focus_action.setShortcut(keys)
        self.focus_action.setProperty(GROUP, "View")
        self.focus_action.triggered.connect(self.start)
        self.addAction(self.focus_action)
        self.textChanged.connect(self.refresh)

    def start(self) -> None:
        """Take the focus and show all actions."""
        self._before = self.window().focusWidget()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self.opened.emit()
        self.refresh()

    def actions_of_window(self) -> list[QAction]:
        """Return every action that can be triggered now, once each."""
        actions = {
            id(a): a
            for a in self.window().findChildren(QAction)
            if a.isEnabled()
            and a.isVisible()
            and not a.isSeparator()
            and a.menu() is None
            and plain(a).strip()
            and not isinstance(a.parent(), QLineEdit)
        }
        return list({plain(a): a for a in reversed(actions.values())}.values())[::-1]

    def matches(self) -> list[Found]:
        """Return what matches the typed letters, best first; without letters, all actions."""
        typed = self.text().strip()
        actions = [(_score(typed, a), _of_action(a)) for a in self.actions_of_window()]
        scored = [(s, found) for s, found in actions if s is not None]
        if typed:
            scored += [
                (s + self.nearness(control), self._of_control(control))
                for control in self.controls()
                if (s := control.score(typed)) is not None
            ]
            scored.sort(key=lambda pair: -pair[0])
        return [found for _, found in scored][: MOST_FOUND if typed else None]

    def _of_control(self, control: Control) -> Found:
        tip = control.tip or control.title
        return Found(control.title, control.where, tip, lambda: self.go(control))

    def refresh(self) -> None:
        """Fill the list again, and show it while the box has the focus."""
        if not self.hasFocus():
            self.close_list()
            return
        self.asked.emit()
        self._matches = self.matches()
        popup = self._list()
        popup.show_rows([(found.words, found.beside, found.tip) for found in self._matches])
        popup.setCurrentRow(0 if self._matches else -1)
        popup.open_at(self.mapTo(self.window(), QPoint(0, self.height() + 4)), MOST)

    def _list(self) -> CommandList:
        if self.popup is None:
            from flowlab.ui.shell.command_list import CommandList  # the first frame doesn't need it

            self.popup = CommandList(self.window())
            self.popup.itemClicked.connect(lambda _: self._trigger(self._row()))
        return self.popup

    def _row(self) -> int:
        return self.popup.currentRow() if self.popup else -1

    def close_list(self) -> None:
        """Hide the list."""
        if self.popup is not None:
            self.popup.hide()

    def _trigger(self, row: int) -> None:
        if not 0 <= row < len(self._matches):
            return
        found = self._matches[row]
        self._leave()
        found.act()

    def _leave(self) -> None:
        self.clear()
        self.close_list()
        if self._before is not None and self._before is not self:
            self._before.setFocus()
        else:
            self.clearFocus()
        self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Choose with arrows, trigger with Enter, leave with Escape."""
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: MOST}
        moves[Qt.Key.Key_PageUp] = -MOST
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._trigger(self._row())
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in moves and self.popup is not None and self._matches:
            last = len(self._matches) - 1
            row = self.popup.currentRow() + moves[Qt.Key(event.key())]
            self.popup.setCurrentRow(min(max(row, 0), last))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show the matching actions."""
        super().focusInEvent(event)
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Hide the list."""
        super().focusOutEvent(event)
        self.close_list()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts while the box has the focus."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)
