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
    KeyRow("Page up  Page down", "Choose a knot of a custom path; arrows move it"),
    KeyRow("Delete", "Remove the chosen knot"),
)

Table = dict[str, list[KeyRow]]


def table(actions: Iterable[QAction]) -> Table:
    """The keys of these actions, and of all that isn't an action, by their groups."""
    from flowlab.ui.tools import line_tool, pencil_keys

    groups: Table = {name: [] for name in ORDER}
    for action in actions:
        keys = keys_text(action)
        if keys:
            group = groups.setdefault(str(action.property(GROUP) or "Other"), [])
            group.append(KeyRow(keys, name_of(action).rstrip("…")))
    groups["Drawing"] += pencil_keys.key_rows()
    groups["Matching lines"] += line_tool.KEY_ROWS
    groups["Picture"] += PICTURE
    for title, row in _of_rooms():
        groups.setdefault(title, []).append(row)
    groups["Plots"] = list(PLOTS)
    groups["Controls"] = list(CONTROLS)
    return {name: rows for name, rows in groups.items() if rows}


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
