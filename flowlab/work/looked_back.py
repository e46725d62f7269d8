"""Which moments of training are pictured: now or an earlier one, and perhaps one beside it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.work.model import Model
from flowlab.work.weights_history import WeightsHistory

MEMORY = 32_000_000  # bytes of pictures of earlier moments that are kept


class LookedBack:
    """The moment looked back to and the one that is pinned, both of the present training.

    A picture of them hangs on their weights and on `computed`, the settings that it is made with.
    """

    def __init__(self, ring: Callable[[], WeightsHistory]) -> None:
        self._present = ring
        self._lock = threading.Lock()
        self.drop()

    def drop(self) -> None:
        """See now alone, and forget all pictures."""
        with self._lock:
            self._ring: WeightsHistory | None = None  # that these moments are of
            self.back: Model | None = None  # None: now
            self.pin: Model | None = None
            self._pinned: tuple[Model, Hashable, Bundle] | None = None
            self._bundles: OrderedDict[Hashable, tuple[Document, Bundle]] = OrderedDict()

    def follow(self) -> None:
        """Forget everything that is of an earlier training than the present one."""
        present = self._present()
        if self._ring is not present:
            self.drop()
            self._ring = present

    def look_back(self, step: int | None) -> None:
        """See the moment kept that is nearest to `step`, or now."""
        self.follow()
        moment = None if step is None else self._present().nearest(step)
        self.back = None if moment is None else moment.model()

    def pin_at(self, step: int | None, now: Model | None) -> None:
        """Keep the moment nearest to `step`, `now` being one of them, or let go of it."""
        self.follow()
        moment = None if step is None else self._present().nearest(step)
        if step is None or moment is None:
            self.pin = None
        elif now is not None and abs(now.weights.step - step) <= abs(moment.step - step):
            self.pin = now
        else:
            self.pin = moment.model()

    # pictures

    def find(self, model: Model, computed: Hashable) -> Bundle | None:
        """The picture of these weights, if it is still kept."""
        key = model.weights.step, computed
        with self._lock:
            document, bundle = self._bundles.get(key, (None, None))
            if document is not model.document:
                return None  # the same step, before other data were swapped in
            self._bundles.move_to_end(key)
            return bundle

    def keep(self, model: Model, computed: Hashable, bundle: Bundle) -> None:
        """Keep a picture while there is room; those least used go first."""
        with self._lock:
            self._bundles[model.weights.step, computed] = model.document, bundle
            while sum(kept.nbytes for _, kept in self._bundles.values()) > MEMORY:
                self._bundles.popitem(last=False)

    def show_pinned(self, model: Model, computed: Hashable, bundle: Bundle) -> None:
        """The picture of the pinned moment has been made."""
        self._pinned = model, computed, bundle

    def pin_is_due(self, computed: Hashable) -> bool:
        """Whether the pinned moment has no picture, or one of other settings."""
        pin, pinned = self.pin, self._pinned
        if pin is None:
            return False
        return pinned is None or pinned[0] is not pin or pinned[1] != computed

    def pinned(self) -> Bundle | None:
        """The newest picture of the pinned moment, or None where there is none."""
        pin, pinned = self.pin, self._pinned
        return pinned[2] if pin is not None and pinned is not None and pinned[0] is pin else None
