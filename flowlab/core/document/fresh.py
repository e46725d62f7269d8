"""Which edits need fresh weights: the one table from which trainer and controls know it."""

from __future__ import annotations

import dataclasses

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path

STARTS_OVER = "Starts training over; Undo brings the weights back."  # for tooltips
OTHER_SHAPE = (
    "Another kind of shape starts training over; Undo brings the weights back."  # the same kind not
)


def _all(part: type[Network] | type[Path]) -> tuple[str, ...]:
    return tuple(spec.name for spec in dataclasses.fields(part))


# Another network or path is another thing to learn, and so are the pairs of a reflow. All else of a
# coupling only swaps the data, as does another shape of the same kind.
FRESH: dict[str, tuple[str, ...]] = {
    "path": _all(Path),
    "coupling": ("kind",),
    "network": _all(Network),
}
_PARTS = {Path: "path", Coupling: "coupling", Network: "network"}


def needs_fresh_weights(part: type, name: str) -> bool:
    """True if editing that field of a document's part begins a new training."""
    return name in FRESH.get(_PARTS.get(part, ""), ())
