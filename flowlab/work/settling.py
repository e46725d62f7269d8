"""The handler of the question whether the picture is that of all edits so far."""

from __future__ import annotations

import time
from collections.abc import Callable

from flowlab.core.views.query import Settled
from flowlab.work.latest_request import Superseded
from flowlab.work.queries import Known

_LOOK_SECONDS = 0.005


def settled(
    known: Known, _: Settled, cancelled: Callable[[], bool], _progress: Callable[[float], None]
) -> int:
    """The revision of the picture, once none is due."""
    while (revision := known.revision()) is None:
        if cancelled():
            raise Superseded
        time.sleep(_LOOK_SECONDS)
    return revision
