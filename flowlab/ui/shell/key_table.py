"""All keys and gestures of the program in groups, from the tables that make them work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from PySide6.QtGui import QAction, QKeySequence

from flowlab.core.views.registry import ROOMS
from flowlab.ui.base.key_rows import GROUP, NAME, KeyRow
from flowlab.ui.shell.command_box import plain

ORDER = ("Time", "Training", "Drawing", "Matching lines", "Layers", "View", "Picture", "Chains")
CONTROLS = (
    KeyRow("Tab", "To the next control, whose own keys then work; Shift+Tab goes back"),
    KeyRow("Arrows, Home, End", "Change the slider, list or number that Tab has reached"),
    KeyRow("Space", "Press the button that Tab has reached, or open the list"),
    KeyRow("Enter", "Take a typed number or text, and return to the picture"),
    KeyRow("Esc", "Return to the picture from a control that Tab has reached"),
    KeyRow("Click", "Uses a control; the keys stay the window's, except while text is typed"),
    KeyRow("Double click", "On the name of a setting: its default"),
)
PICTURE = (
    KeyRow("Wheel", "Zoom about the cursor"),
    KeyRow("Drag", "Pan"),
    KeyRow("Double click", "Show everything"),
    KeyRow("Hover", "See a particle's path; with the lens, the pairs that pass through a point"),
    KeyRow("Click", "Pin the path of the particle under the cursor, or release it"),
    KeyRow("Drag a start point", "Its path follows"),
    KeyRow("Right click", "Copy, pin, centre, export"),
    KeyRow("Drop a file", "Open a session, or take points or a picture as source or target"),
)
PLOTS = (
    KeyRow("Left  Right", "Read the curve value by value (after Tab)"),
    KeyRow("+  −", "Zoom (after Tab, or a click)"),
    KeyRow("Home", "Show all (after Tab)"),
    KeyRow("Ctrl+C", "Copy the numbers (after Tab, or a click)"),
    KeyRow("Page up  Page down", "Choose a knot of a path or a level; arrows move it"),
    KeyRow("Delete", "Remove the chosen knot"),
)

PAIRS = {  # actions whose keys share a row
    "One step back": ("One step forward", "One step back or forward"),
    "Step back by 0.1": ("Step forward by 0.1", "Step back or forward by 0.1"),
    "To the source, t = 0": ("To the target, t = 1", "To the source or the target"),
    "Earlier in training": ("Later in training", "Earlier or later in training"),
    "To the start of training": ("To now in training", "To the start of training, or to now"),
    "Zoom in": ("Zoom out", "Zoom in or out"),
}
INTO = {"Rooms": "View", "Help": "View"}  # small groups, into which others

Table = dict[str, list[KeyRow]]


def table(actions: Iterable[QAction]) -> Table:
    """The keys of these actions, and of all that isn't an action, by their groups."""
    from flowlab.ui.tools import line_tool, pencil_keys

    groups: Table = {name: [] for name in ORDER}
    for action in actions:
        keys = keys_text(action)
        if keys:
            group = str(action.property(GROUP) or "Other")
            rows = groups.setdefault(INTO.get(group, group), [])
            rows.append(KeyRow(keys, name_of(action).rstrip("…")))
    for rows in groups.values():
        _join_pairs(rows)
    groups["Drawing"] += pencil_keys.key_rows()
    groups["Matching lines"] += line_tool.KEY_ROWS
    groups["Picture"] += PICTURE
    for title, row in _of_rooms():
        groups.setdefault(title, []).append(row)
    groups["Plots"] = [*groups.pop("Plots", []), *PLOTS]
    groups["Controls"] = list(CONTROLS)
    return {name: rows for name, rows in groups.items() if rows}


def _join_pairs(rows: list[KeyRow]) -> None:
    """Put the keys of two actions that belong together into one row."""
    by_words = {row.words: row for row in rows}
    for first, (second, words) in PAIRS.items():
        if first in by_words and second in by_words:
            one, other = by_words[first], by_words[second]
            rows[rows.index(one)] = KeyRow(f"{one.keys}  {other.keys}", words)
            rows.remove(other)


def name_of(action: QAction) -> str:
    """What an action is called; the text of Undo says what it would undo at the moment."""
    return str(action.property(NAME) or plain(action))


def keys_text(action: QAction) -> str:
    """All shortcuts of an action in this desktop's notation."""
    form = QKeySequence.SequenceFormat.NativeText
    return "  ".join(dict.fromkeys(keys.toString(form) for keys in action.shortcuts()))


def _of_rooms() -> Iterator[tuple[str, KeyRow]]:
    for room in ROOMS:
        panels = import_module(f"flowlab.ui.{room.name}.panels")
        for title, rows in getattr(panels, "KEY_ROWS", {}).items():
            yield from ((title, row) for row in rows)
