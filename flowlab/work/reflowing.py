"""The thread that makes reflow pairs from what is learned, with its progress."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.limits import Invalid
from flowlab.core.learning.reflow import pairs_of, reflowed
from flowlab.core.solvers.ode import Cancelled
from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded
from flowlab.work.model import Model
from flowlab.work.status import Rectified


class Rectifier:
    """Carries pairs for one reflow at a time; every read is of one reference.

    `began()` and `ended()` are called around it: a thread that trains meanwhile would have the
    interpreter's lock most of the time.
    """

    def __init__(self, began: Callable[[], None], ended: Callable[[], None]) -> None:
        self._began, self._ended = began, ended
        self.share: float | None = None  # done; None while nothing is under way
        self.newest: Rectified | None = None
        self.problem = ""
        self._thread = LatestRequest(self._carry, self._carried, self._failed, "rectifying")

    def start(self, model: Model | None) -> None:
        """Make pairs by the field of this model; `newest` follows."""
        self.problem = ""
        if model is None or not model.weights.step:
            self.problem = "A reflow follows what was learned: train first."
            return
        self.share = 0.0
        self._began()
        self._thread.submit(model)

    def cancel(self) -> None:
        """Make no pairs after all."""
        self.problem = ""
        self._thread.submit(None)
        self._end()

    def drop(self) -> None:
        """Another experiment: forget what was made for this one."""
        self.cancel()
        self.newest = None

    def stop(self) -> bool:
        """End the thread and say whether it has ended."""
        return self._thread.stop()

    def _carry(self, model: Model | None, cancelled: ShouldStop) -> Rectified:
        if model is None:
            raise Superseded

        def tell(share: float) -> None:
            if not cancelled():
                self.share = share

        try:
            pairs = pairs_of(model.field, model.document, cancelled=cancelled, progress=tell)
        except Cancelled:
            raise Superseded from None
        document = reflowed(model.document, pairs)
        return Rectified(document.source, document.target, document.coupling)

    def _carried(self, _model: Model | None, found: Rectified) -> None:
        if self.share is not None:
            self.newest = found
            self._end()

    def _failed(self, _model: Model | None, error: Exception) -> None:
        plain = isinstance(error, Invalid)
        self.problem = str(error) if plain else f"The reflow failed: {error}".split("\n")[0]
        self._end()

    def _end(self) -> None:
        if self.share is not None:
            self.share = None
            self._ended()
