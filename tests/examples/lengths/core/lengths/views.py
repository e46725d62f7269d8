"""The one view of the room of lengths."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow

ROOM = Room(
    name="lengths",
    title="Lengths",
    tip="How far each particle has travelled",
    settings="lengths",
    views=(
        ViewRow(
            name="path_length",
            title="Path length",
            tip="A ring about each particle, as large as the way that it has come",
            plan="flowlab.core.lengths.plan:path_length",
            reads=("rings",),
            compares=False,
            layers=("show_particles", "show_ends", "layout"),
            still=0.5,
        ),
    ),
)
