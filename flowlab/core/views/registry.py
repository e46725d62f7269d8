"""The table of rooms and views, read by every layer of the program.

It imports plain data only. A function that a row names is imported on first use.
"""

from __future__ import annotations

from typing import Any

from flowlab.core.blending.views import ROOM as BLENDING
from flowlab.core.diffusion.views import ROOM as DIFFUSION
from flowlab.core.flow.views import ROOM as FLOW
from flowlab.core.reflected.views import ROOM as REFLECTED
from flowlab.core.stochastic.views import ROOM as STOCHASTIC
from flowlab.core.views.rows import Room, ViewRow

ROOMS: tuple[Room, ...] = (FLOW, BLENDING, STOCHASTIC, DIFFUSION, REFLECTED)

VIEWS: dict[str, ViewRow] = {row.name: row for room in ROOMS for row in room.views}
_ROOM_OF = {row.name: room for room in ROOMS for row in room.views}
DEFAULT = ROOMS[0].views[0].name  # the view of a document that names none


def room_of(view: str) -> Room:
    """The room that has this view."""
    return _ROOM_OF[view]


def room_named(name: str) -> Room:
    """The room of that name."""
    return next(room for room in ROOMS if room.name == name)


def settings_of(document: Any) -> Any:
    """The settings of the room of the document's view; None if that room has none of its own."""
    field = room_of(document.view.name).settings
    return getattr(document, field) if field else None


def settings_read(document: Any) -> tuple[object, ...]:
    """The values of those settings that the plan of the document's view depends on."""
    settings, names = settings_of(document), VIEWS[document.view.name].reads
    return tuple(getattr(settings, name) for name in names)


def sees_network(document: Any) -> bool:
    """True if the document's network has a part in the picture of its view."""
    row = VIEWS[document.view.name]
    return row.network and row.predicts in ("", document.network.predicts)
