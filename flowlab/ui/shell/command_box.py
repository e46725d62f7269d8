"""The search box for actions and controls: type their words, press Enter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from flowlab.ui.base.called import also_called, place_of, what_it_does
from flowlab.ui.base.key_rows import GROUP, NAME
from flowlab.ui.base.matching import Entry, Words, ranked, words_named
from flowlab.ui.shell.found import Found

if TYPE_CHECKING:
    from flowlab.ui.shell.command_list import CommandList
    from flowlab.ui.shell.control_index import Control

MOST_FOUND = 60
MOST = 10  # rows visible without scrolling
NOT_NOW = "This can’t be done at present"
OF_ACTION = 2.5  # for an action: it is done at once, wherever its control is
OF_NAMESAKE = -0.5  # for one that turns on or off what a setting is called too: that comes first
DISABLED = -1.0
OUT_OF_REACH = -8.0  # for a control that can’t be reached now


def plain(action: QAction) -> str:
    """The action's text without mnemonic marks."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def keys_of(action: QAction) -> str:
    """The action's shortcut in this desktop's notation."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _of_action(action: QAction) -> Found:
    keys = keys_of(action)
    if action.isCheckable():
        keys = f"{'on' if action.isChecked() else 'off'}   {keys}".rstrip()
    tip, why = action.toolTip(), ""
    if not action.isEnabled():
        why = tip if tip.rstrip("…") != words_now(action) else NOT_NOW
    return Found(words_now(action), place_of(action), keys, tip, action.trigger, why)


def words_now(action: QAction) -> str:
    """What an action says it does at the moment."""
    return plain(action).rstrip("…")


def _words_of(action: QAction) -> Words:
    """The words by which an action is found."""
    names = dict.fromkeys((words_now(action), str(action.property(NAME) or "").rstrip("…")))
    tip = action.toolTip() if action.isEnabled() else ""
    return words_named(
        tuple(name for name in names if name), also_called(action), place_of(action), tip
    )


class CommandBox(QLineEdit):
    """Finds any action of its window and any control by its words."""

    asked = Signal()  # the list is about to be filled
    opened = Signal()  # the box has been given the focus to search

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        keys = QKeySequence("Ctrl+K")
        self.setPlaceholderText(f"Search   {keys.toString(QKeySequence.SequenceFormat.NativeText)}")
        self.setAccessibleName("Search actions and settings")
        self.setMinimumWidth(150)
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
        """Return every action that a person can be shown, once each."""
        actions = (a for a in self.window().actions() if a.isVisible() and not a.isSeparator())
        named = ((plain(a), a) for a in actions)
        return list({name: a for name, a in named if name.strip()}.values())

    def matches(self) -> list[Found]:
        """Return what fits the typed words, best first; without words, all that can be done."""
        typed, actions = self.text().strip(), self.actions_of_window()
        if not typed:
            return [_of_action(a) for a in actions if a.isEnabled()]
        controls = self.controls()
        settings = cache(lambda: _settings(controls))
        of_action, of_control = partial(_bonus, settings=settings), self._bonus_of_control
        things: list[Entry[Any]] = [(_words_of(a), of_action, a) for a in actions]
        things += [(c.words, of_control, c) for c in controls]
        found = each_once(ranked(typed, things))
        if found and _is_absent(found[0]):  # whatever else has such words in its explanation
            found = [thing for thing in found if _is_absent(thing)]
        return [self._found(thing) for thing in found[:MOST_FOUND]]

    def _bonus_of_control(self, control: Control) -> float:
        return control.bonus + (OUT_OF_REACH if control.why() else self.nearness(control))

    def _found(self, thing: QAction | Control) -> Found:
        return _of_action(thing) if isinstance(thing, QAction) else self._of_control(thing)

    def _of_control(self, control: Control) -> Found:
        tip, why = control.tip or control.title, control.why()
        go = partial(self.go, control)
        return Found(control.title, control.where, control.keys, why or tip, go, why)

    def refresh(self) -> None:
        """Fill the list again, and show it while the box has the focus."""
        if not self.hasFocus():
            self.close_list()
            return
        self.asked.emit()
        self._matches = self.matches()
        popup = self._list()
        popup.show_rows(self._matches)
        popup.setCurrentRow(self._next(-1, 1))
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
        if not 0 <= row < len(self._matches) or self._matches[row].why:
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

    def _next(self, row: int, by: int) -> int:
        """Return the row `by` rows on, or the nearest to it that can be chosen; -1 if none can."""
        possible = [i for i, found in enumerate(self._matches) if not found.why]
        beyond = [i for i in possible if (i >= row + by if by > 0 else i <= row + by)]
        if not beyond:
            beyond = possible[::-1] if by > 0 else possible
            return beyond[0] if beyond else -1
        return beyond[0] if by > 0 else beyond[-1]

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Choose with arrows, trigger with Enter, leave with Escape."""
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: MOST}
        moves[Qt.Key.Key_PageUp] = -MOST
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._trigger(self._row())
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in moves and self.popup is not None and self._matches:
            self.popup.setCurrentRow(self._next(self._row(), moves[Qt.Key(event.key())]))
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


def _settings(controls: Sequence[Control]) -> dict[str, set[str]]:
    """What the controls do that have a title, by their titles."""
    settings: dict[str, set[str]] = {}
    for control in controls:
        if control.act is None and not control.option:
            settings.setdefault(control.title, set()).add(control.does)
    return settings


def _bonus(action: QAction, settings: Callable[[], Mapping[str, set[str]]]) -> float:
    """What is added for an action; `settings` tells what controls of some title do."""
    if not action.isEnabled():
        return DISABLED
    if not action.isCheckable():
        return OF_ACTION
    others = settings().get(words_now(action), set()) - {what_it_does(action)}
    return OF_NAMESAKE if others else OF_ACTION


def _is_absent(thing: QAction | Control) -> bool:
    return not isinstance(thing, QAction) and thing.absent


def each_once(scored: Sequence[tuple[float, QAction | Control]]) -> list[QAction | Control]:
    """The things in order; of those that do the same, the first that can be done now."""
    done, kept = set[str](), []
    for _, thing in scored:
        does = what_it_does(thing) if isinstance(thing, QAction) else thing.does
        if does not in done:
            kept.append(thing)
        if does:
            done.add(does)
    return kept
