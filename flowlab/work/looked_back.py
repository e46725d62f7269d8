"""Which training steps are shown: the newest or an earlier snapshot, and perhaps a pinned one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from flowlab.core.document.document import Document
from flowlab.core.views.results import Result
from flowlab.work.model import Model
from flowlab.work.weights_history import WeightsHistory

MEMORY = 32_000_000  # bytes of cached bundles of snapshots


class LookedBack:
    """The snapshot looked back to and the pinned one, both of the present training.

    Both are carried and measured by the present document, as the newest weights are, also where
    they were trained before its shapes were changed. Their bundles depend on their weights and on
    `computed`, the settings they are made with.
    """

    def __init__(self, weights_history: Callable[[], WeightsHistory]) -> None:
        self._present = weights_history
        self._lock = threading.Lock()
        self.drop()

    def drop(self) -> None:
        """Show the newest weights only, and clear the cache of bundles."""
        with self._lock:
            self._weights_history: WeightsHistory | None = None  # of these snapshots
            self.back: Model | None = None  # None: now
            self.pin: Model | None = None
            self._pinned: tuple[Model, tuple[Hashable, bool], Result] | None = None
            self._bundles: OrderedDict[Hashable, tuple[Document, Result]] = OrderedDict()

    def follow(self) -> None:
        """Drop everything that belongs to an earlier training than the present one."""
        present = self._present()
        if self._weights_history is not present:
            self.drop()
            self._weights_history = present

    def look_back(self, step: int | None, now: Model | None) -> None:
        """Show the snapshot nearest to `step`, on the problem of `now`; None: `now`."""
        self.follow()
        snapshot = None if step is None or now is None else self._present().nearest(step)
        self.back = None if snapshot is None or now is None else snapshot.model(now.document)

    def pin_at(self, step: int | None, now: Model | None) -> None:
        """Pin the snapshot nearest to `step`, or the model `now` if it is nearer; None: unpin."""
        self.follow()
        snapshot = None if step is None else self._present().nearest(step)
        if step is None or snapshot is None or now is None:
            self.pin = None
        elif abs(now.weights.step - step) <= abs(snapshot.step - step):
            self.pin = now
        else:
            self.pin = snapshot.model(now.document)

    # pictures

    def find(self, model: Model, computed: Hashable) -> Result | None:
        """The cached bundle of these weights and settings, or None."""
        key = model.weights.step, computed
        with self._lock:
            document, bundle = self._bundles.get(key, (None, None))
            if document is not model.document:
                return None  # the same step, before other data were swapped in
            self._bundles.move_to_end(key)
            return bundle

    def keep(self, model: Model, computed: Hashable, bundle: Result) -> None:
        """Cache a bundle; the least recently used ones are dropped first."""
        with self._lock:
            self._bundles[model.weights.step, computed] = model.document, bundle
            while sum(each.nbytes for _, each in self._bundles.values()) > MEMORY:
                self._bundles.popitem(last=False)

    def show_pinned(
        self, model: Model, computed: Hashable, bundle: Result, *, few: bool = False
    ) -> None:
        """Set the bundle of the pinned snapshot; `few`: of its first particles only."""
        self._pinned = model, (computed, few), bundle

    def pin_is_due(self, computed: Hashable, *, few_do: bool = False) -> bool:
        """True if the pinned snapshot has no bundle, or one made with other settings.

        A bundle of few particles counts where `few_do`.
        """
        pin, pinned = self.pin, self._pinned
        if pin is None:
            return False
        if pinned is None or pinned[0] is not pin:
            return True
        made_with, few = pinned[1]
        return made_with != computed or (few and not few_do)

    def pinned(self) -> Result | None:
        """The newest bundle of the pinned snapshot, or None."""
        pin, pinned = self.pin, self._pinned
        return pinned[2] if pin is not None and pinned is not None and pinned[0] is pin else None
