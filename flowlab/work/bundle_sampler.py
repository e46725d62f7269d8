"""Bundles made in a thread of their own: coarse ones first, where whole ones are slow."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.request import PlanOptions, Preview, must_compute_first
from flowlab.core.views.samples import ends_alone
from flowlab.work import cache_keys as aspects
from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded
from flowlab.work.looked_back import LookedBack
from flowlab.work.model import Model
from flowlab.work.places import Places
from flowlab.work.sampling import bundle_of, shown, slim

EDIT, REFRESH, PIN = 1, 0, -1  # priorities of a bundle: a person waits for the first
SLOW = 0.3  # seconds; a bundle that takes longer is dropped for a newer edit
_TOO_SLOW = 1.0  # seconds; while training, such bundles are of fewer particles
_PATIENCE = 0.7  # seconds that a coarse picture may take although a newer edit waits
_BRISK = 0.15  # seconds; an earlier moment that takes longer is led by fewer particles
_UNSEEN = 0.25  # seconds between weights that nobody looks at, for saving

Made = Callable[[Model, Bundle], None]


@dataclass(eq=False)
class Present:
    """What there is at present: the document as it is wanted, and the newest model."""

    document: Document | None = None
    model: Model | None = None
    training: Callable[[], bool] = lambda: False


class BundleSampler:
    """The newest bundle, and the requests for newer ones."""

    def __init__(
        self,
        present: Present,
        places: Places,
        moments: LookedBack,
        made: Made,
        failed: Callable[[object, Exception], None],
    ) -> None:
        self._present, self._places, self._moments, self._made = present, places, moments, made
        self.newest: Bundle | None = None
        self.watched = 0.0  # the t that a person sees
        self.full_seconds = 0.0  # that the last bundle of all particles took
        self._rest_until = 0.0
        self._numbers = itertools.count(1)
        self._sampler = LatestRequest(self._sample, self._sampled, failed, "sampling")

    # --- requests ------------------------------------------------------------------------------

    def request(self, priority: int = EDIT) -> None:
        """Make a bundle of what is wanted now; newer requests replace older."""
        if self._moments.back is not None:
            slow = self.full_seconds > _BRISK
        else:
            slow = self.newest is not None and self.newest.seconds > SLOW
            slow = slow or _is_new(self._present.document)
        yields = priority == EDIT and slow
        self._sampler.submit((next(self._numbers), priority), priority, yields=yields)

    def take_weights(self, *, fresh: bool) -> None:
        """New weights are there; `fresh` are of another document."""
        document = self._present.document
        without = document is not None and not VIEWS[document.view.name].network
        if not fresh and (without or self._moments.back is not None):
            self._rest_until = time.monotonic() + _UNSEEN
        else:
            self.request(EDIT if fresh else REFRESH)

    def request_pin(self) -> None:
        """Make the bundle of the pinned moment, where it is due."""
        document = self._present.document
        if document is not None and self._moments.pin_is_due(aspects.pictured(document)):
            self._sampler.submit((next(self._numbers), PIN), PIN)

    def hurry(self) -> None:
        """The next one does not wait for what came before."""
        self._rest_until = 0.0

    def try_all(self) -> None:
        """Another kind of picture: all particles are tried again."""
        self.full_seconds = min(self.full_seconds, _TOO_SLOW)

    def changed(self, before: Document, after: Document) -> bool:
        """Does an edit change what is computed?"""
        earlier = self._moments.back is not None or self._moments.pin is not None
        aspect = aspects.pictured if earlier else aspects.computed
        return aspect(before) != aspect(after)

    @property
    def free(self) -> bool:
        """May a new picture be made? Training has two thirds of the time for itself."""
        return not self._sampler.busy and time.monotonic() >= self._rest_until

    @property
    def busy(self) -> bool:
        """Is one being made, or wanted?"""
        return self._sampler.busy

    @property
    def seen(self) -> Model | None:
        """The model that a person looks at: the newest, or one looked back to."""
        return self._moments.back or self._present.model

    def stop(self) -> bool:
        """End the thread; says whether it has ended."""
        return self._sampler.stop()

    # --- in the thread -------------------------------------------------------------------------

    def _sample(self, request: tuple[int, int], cancelled: ShouldStop) -> tuple[Model, Bundle]:
        revision, priority = request
        model = self._moments.pin if priority == PIN else self.seen
        document = self._present.document
        if model is None or document is None:
            raise Superseded
        wanted, training = shown(model, document), self._present.training()
        options = PlanOptions(
            revision=revision,
            step=model.weights.step,
            cancelled=cancelled,
            workers=self._places.sampling_threads(training),
            lattice=wanted.view.show_grid or not training,
            field=wanted.view.field != "none" or not training,
        )
        try:
            return model, self._made_of(wanted, model, options, priority)
        except Invalid:
            if priority == EDIT and VIEWS[wanted.view.name].ends:
                with suppress(Invalid):
                    self.newest = ends_alone(wanted, revision)
            raise

    def _made_of(
        self, wanted: Document, model: Model, options: PlanOptions, priority: int
    ) -> Bundle:
        training = self._present.training()
        if model in (self._moments.back, self._moments.pin):
            return self._earlier(wanted, model, options, priority)
        if training and SLOW < self.full_seconds <= _TOO_SLOW and priority == REFRESH:
            options = replace(options, preview=self._preview(model))
        if training and self.full_seconds > _TOO_SLOW:
            return bundle_of(wanted, model, replace(options, coarse=True))
        if priority == EDIT and _is_new(wanted):
            self.newest = bundle_of(wanted, model, _leading(options))
        elif priority == EDIT and self.full_seconds > SLOW:
            self.newest = bundle_of(wanted, model, replace(options, coarse=True))
        bundle = bundle_of(wanted, model, options)
        self.full_seconds = bundle.seconds
        return bundle

    def _earlier(
        self, wanted: Document, model: Model, options: PlanOptions, priority: int
    ) -> Bundle:
        """A whole picture of weights that stay as they are, made once; a coarse one may lead."""
        computed = aspects.pictured(wanted)
        found = self._moments.find(model, computed)
        if found is None:
            if priority == EDIT and self.full_seconds > _BRISK:
                self.newest = bundle_of(wanted, model, _leading(options))
            found = bundle_of(wanted, model, options)
            self.full_seconds = found.seconds
            self._moments.keep(model, computed, found)
        if priority == PIN:
            self._moments.show_pinned(model, computed, found)
        return found

    def _preview(self, model: Model) -> Preview | None:
        older = self.newest
        if older is None or not self._shows(model):
            return None
        return Preview(t=self.watched, older=older, show=self._show_preview)

    def _show_preview(self, bundle: Bundle) -> None:
        self.newest = slim(bundle)

    def _shows(self, model: Model) -> bool:
        """Whether pictures of that model are still of the present document."""
        newest = self._present.model
        return newest is not None and aspects.fixed(newest.document) == aspects.fixed(
            model.document
        )

    def _sampled(self, request: tuple[int, int], answer: tuple[Model, Bundle]) -> None:
        model, bundle = answer
        if not self._shows(model):
            return  # another document was opened meanwhile
        if request[1] == PIN:
            self.request_pin()  # where another is wanted by now
            return
        self.newest = bundle
        self._rest_until = time.monotonic() + 3 * bundle.seconds
        self._made(model, bundle)
        self.request_pin()


def _leading(options: PlanOptions) -> PlanOptions:
    """A coarse one, not cancelled at first: something is to be seen during a drag."""
    began, cancelled = time.monotonic(), options.cancelled
    if cancelled is None:
        return replace(options, coarse=True)
    late = began + _PATIENCE
    return replace(options, coarse=True, cancelled=lambda: time.monotonic() > late and cancelled())


def _is_new(document: Document | None) -> bool:
    return document is not None and must_compute_first(document)
