"""Which rooms and views there are: the one table that every layer of the program reads.

It imports plain data only. What a row names is imported when it is first asked for.
"""

from __future__ import annotations

from typing import Any

from flowlab.core.blending.views import ROOM as BLENDING
from flowlab.core.flow.views import ROOM as FLOW
from flowlab.core.views.rows import Room, ViewRow

ROOMS: tuple[Room, ...] = (FLOW, BLENDING)

VIEWS: dict[str, ViewRow] = {row.name: row for room in ROOMS for row in room.views}
DEFAULT = ROOMS[0].views[0].name  # the view of a document that names none


def room_of(view: str) -> Room:
    """The room that a view lies in."""
    return next(room for room in ROOMS if VIEWS[view] in room.views)


def room_named(name: str) -> Room:
    """The room of that name."""
    return next(room for room in ROOMS if room.name == name)


def settings_of(document: Any) -> Any:
    """The settings that the room of a document's view has of its own; None where it has none."""
    field = room_of(document.view.name).settings
    return getattr(document, field) if field else None


def settings_read(document: Any) -> tuple[object, ...]:
    """The values of those settings that the plan of the document's view depends on."""
    settings, names = settings_of(document), VIEWS[document.view.name].reads
    return tuple(getattr(settings, name) for name in names)
