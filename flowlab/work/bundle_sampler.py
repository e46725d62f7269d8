"""Computes bundles in a thread of its own: a coarse one first, where a full one is slow."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS, sees_network
from flowlab.core.views.request import PlanOptions, Preview, must_compute_first
from flowlab.core.views.results import Result
from flowlab.core.views.samples import ends_alone
from flowlab.work import cache_keys
from flowlab.work.expected_time import ExpectedTime
from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded
from flowlab.work.looked_back import LookedBack
from flowlab.work.model import Model
from flowlab.work.pace import Pace
from flowlab.work.places import Places
from flowlab.work.sampling import bundle_of, document_for, slim

EDIT, REFRESH, PIN = 1, 0, -1  # priorities of a bundle: a person waits for the first
SLOW = 0.3  # seconds; a bundle that takes longer has a coarse one first, and makes way for an edit
_TOO_SLOW = 1.0  # seconds; while training, bundles that take longer have fewer particles
_PATIENCE = 0.7  # seconds that a coarse picture may take although a newer edit waits
_BRISK = 0.15  # seconds; an earlier step that takes longer gets a coarse picture first
_SOON, _MOVING = 0.1, 0.03  # seconds; the same of views that carry every particle several times
_DRAG = 0.25  # seconds between two edits of one drag, at most
_CALM = 0.05  # seconds after an edit of a drag, before all particles are carried
_LOOK = 0.002  # seconds between two looks whether a newer edit waits
_UNTOLD = 0.5  # seconds that a bundle may take before its progress is shown
_UNSEEN = 0.25  # seconds between weights that are published only for saving

Made = Callable[[Model, Result], None]


@dataclass(eq=False)
class Present:
    """The present state: the document as it is wanted, and the newest model."""

    document: Document | None = None
    model: Model | None = None
    training: Callable[[], bool] = lambda: False


class BundleSampler:
    """The newest bundle, and the requests for newer ones."""

    def __init__(
        self,
        present: Present,
        places: Places,
        looked_back: LookedBack,
        made: Made,
        failed: Callable[[object, Exception], None],
    ) -> None:
        self._present, self._places = present, places
        self._looked_back, self._made = looked_back, made
        self.newest: Result | None = None
        self.watched = 0.0  # the t that a person sees
        self.expected = ExpectedTime()
        self.progress: float | None = None  # share of a slow bundle's particles that are carried
        self._pace = Pace()
        self._edited_at = -math.inf
        self.dragged = False  # True if the last edit came soon after another
        self._rest_until = 0.0
        self._numbers = itertools.count(1)
        self._edit = self._answered = 0  # numbers of the last edit's request, and the last answered
        self._tell_failed = failed
        self._sampler = LatestRequest(self._sample, self._sampled, self._failed, "sampling")

    # --- requests ------------------------------------------------------------------------------

    def request(self, priority: int = EDIT) -> None:
        """Make a bundle of what is wanted now; newer requests replace older."""
        patience = math.inf if priority != EDIT else 0.0 if self._is_slow() else SLOW
        number = next(self._numbers)
        if priority == EDIT:
            now = time.monotonic()
            self._edit = number
            self._edited_at, self.dragged = now, now - self._edited_at < _DRAG
        self._sampler.submit((number, priority), priority, patience=patience)

    def _is_slow(self) -> bool:
        """True if the wanted bundle will take so long that it makes way for a newer edit."""
        document = self._present.document
        if document is None:
            return False
        most = self._most(document) if self._looked_back.back is None else _BRISK
        return self.expected.of(document) > most or _is_new(document)

    def _most(self, document: Document) -> float:
        """Seconds that a picture may take without a coarse one before it."""
        if not VIEWS[document.view.name].calls:
            return SLOW
        return _MOVING if self.dragged else _SOON

    def take_weights(self, *, fresh: bool) -> None:
        """New weights are there; `fresh` are of another document."""
        document = self._present.document
        without = document is not None and not sees_network(document)
        if not fresh and (without or self._looked_back.back is not None):
            self._rest_until = time.monotonic() + _UNSEEN
        else:
            self.request(EDIT if fresh else REFRESH)

    def request_pin(self) -> None:
        """Make the bundle of the pinned snapshot, where it is due."""
        document = self._present.document
        if document is None:
            return
        computed, training = cache_keys.pictured(document), self._present.training()
        if self._looked_back.pin_is_due(computed, few_do=training):
            self._sampler.submit((next(self._numbers), PIN), PIN)

    def hurry(self) -> None:
        """Let the next bundle start without a rest after the last one."""
        self._rest_until = 0.0

    def try_all(self, document: Document) -> None:
        """Try all particles again, for another kind of picture."""
        self.expected.at_most(document, _TOO_SLOW)

    def changed(self, before: Document, after: Document) -> bool:
        """True if an edit changes what is computed."""
        earlier = self._looked_back.back is not None or self._looked_back.pin is not None
        aspect = cache_keys.pictured if earlier else cache_keys.computed
        return aspect(before) != aspect(after)

    @property
    def free(self) -> bool:
        """True if a bundle may be made: none is, and the rest after the last is over."""
        return not self._sampler.busy and time.monotonic() >= self._rest_until

    @property
    def busy(self) -> bool:
        """True if a bundle is being made or is wanted."""
        return self._sampler.busy

    @property
    def due(self) -> bool:
        """True if an edit still waits for its picture."""
        return self._answered < self._edit

    @property
    def seen(self) -> Model | None:
        """The model that is shown: the newest, or that of a snapshot looked back to."""
        return self._looked_back.back or self._present.model

    def stop(self) -> bool:
        """Stop the thread; True if it has ended."""
        return self._sampler.stop()

    # --- in the thread -------------------------------------------------------------------------

    def _sample(self, request: tuple[int, int], cancelled: ShouldStop) -> tuple[Model, Result]:
        revision, priority = request
        model = self._looked_back.pin if priority == PIN else self.seen
        document = self._present.document
        if model is None or document is None:
            raise Superseded
        wanted, training = document_for(model, document), self._present.training()
        expected = self.expected.of(wanted)

        def dropped() -> bool:
            # At rest a slow picture is begun in full; what trains meanwhile wants a quick one.
            overtaken = not training and expected > _TOO_SLOW and self._present.training()
            return overtaken or cancelled()

        options = PlanOptions(
            revision=revision,
            step=model.weights.step,
            cancelled=dropped,
            workers=self._places.sampling_threads(training),
            lattice=wanted.view.show_grid or not training,
            field=wanted.view.field != "none" or not training,
            training=training,
            progress=self._teller(),
        )
        began = time.monotonic()
        try:
            return model, self._made_of(wanted, model, options, priority)
        except Superseded:
            if (spent := time.monotonic() - began) > SLOW:
                self.expected.at_least(wanted, spent)
            raise
        except Invalid:
            if priority == EDIT and VIEWS[wanted.view.name].ends:
                with suppress(Invalid):
                    self.newest = ends_alone(wanted, revision)
            raise
        finally:
            self.progress = None

    def _teller(self) -> Callable[[float], None]:
        """A function that takes the share of particles carried, which shows once it takes long."""
        began = time.monotonic()

        def tell(share: float) -> None:
            if time.monotonic() - began > _UNTOLD:
                self.progress = share

        return tell

    def _made_of(
        self, wanted: Document, model: Model, options: PlanOptions, priority: int
    ) -> Result:
        if priority == PIN:
            return self._pinned(wanted, model, options)
        if model in (self._looked_back.back, self._looked_back.pin):
            return self._earlier(wanted, model, options, priority)
        training, expected = self._present.training(), self.expected.of(wanted)
        if training and expected > _TOO_SLOW:
            return self._few(wanted, model, options)
        if priority == EDIT and (expected > self._most(wanted) or _is_new(wanted)):
            self._lead(wanted, model, _leading(options))
            self._let_drag(options)
        elif expected > SLOW and not training:
            self._lead(wanted, model, options)
        elif expected > SLOW:
            options = replace(options, preview=self._preview(model))
        return self._full(wanted, model, options)

    def _few(self, wanted: Document, model: Model, options: PlanOptions) -> Result:
        """The bundle of the first particles only, whose time bounds that of all of them."""
        few = self._pace.count(wanted)
        bundle = bundle_of(wanted, model, replace(options, coarse=True, few=few))
        if bundle.count == few:
            self._pace.learn(wanted, bundle.seconds)
        if bundle.count:
            all_of_them = bundle.seconds * max(1.0, wanted.view.particles / bundle.count)
            self.expected.at_most(wanted, all_of_them)
        return bundle

    def _lead(self, wanted: Document, model: Model, options: PlanOptions) -> None:
        """Show and measure the first particles, before all of them."""
        self.newest = bundle = self._few(wanted, model, options)
        self._made(model, bundle)

    def _let_drag(self, options: PlanOptions) -> None:
        """Leave the processor to the window during a drag, whose next edit comes soon."""
        while self.dragged and time.monotonic() < self._edited_at + _CALM:
            if options.cancelled is not None and options.cancelled():
                raise Superseded
            time.sleep(_LOOK)

    def _full(self, wanted: Document, model: Model, options: PlanOptions) -> Result:
        """The bundle of all particles; begun again if a moment is pinned before it is there."""
        led: Model | None = None  # the pinned moment whose first particles are shown

        def waits() -> bool:
            return self._looked_back.pin is not led and self._pin_waits(wanted, options)

        def dropped() -> bool:
            return options.cancelled is not None and options.cancelled()

        def put_off() -> bool:
            return waits() or dropped()

        while True:
            if waits():
                led = self._lead_pin(options)
            try:
                bundle = bundle_of(wanted, model, replace(options, cancelled=put_off))
            except Superseded:
                if dropped():
                    raise
                continue
            self.expected.learn(wanted, bundle.seconds)
            return bundle

    def _pin_waits(self, wanted: Document, options: PlanOptions) -> bool:
        """True if a pinned moment has no picture, and this one will take too long to wait for."""
        document = self._present.document
        if self._looked_back.pin is None or document is None or options.training:
            return False
        due = self._looked_back.pin_is_due(cache_keys.pictured(document), few_do=True)
        return due and self.expected.of(wanted) > _TOO_SLOW

    def _lead_pin(self, options: PlanOptions) -> Model | None:
        """Show the first particles of the pinned moment."""
        pin, document = self._looked_back.pin, self._present.document
        if pin is None or document is None:
            return None
        wanted = document_for(pin, document)
        bundle = self._few(wanted, pin, replace(options, step=pin.weights.step, progress=None))
        self._looked_back.show_pinned(pin, cache_keys.pictured(wanted), bundle, few=True)
        return pin

    def _earlier(
        self, wanted: Document, model: Model, options: PlanOptions, priority: int
    ) -> Result:
        """The full bundle of a snapshot's weights, cached; a coarse one may be shown before it."""
        computed = cache_keys.pictured(wanted)
        bundle = self._looked_back.find(model, computed)
        if bundle is None:
            if priority == EDIT and self.expected.of(wanted) > _BRISK:
                self._lead(wanted, model, _leading(options))
            bundle = self._full(wanted, model, options)
            self._looked_back.keep(model, computed, bundle)
        return bundle

    def _pinned(self, wanted: Document, model: Model, options: PlanOptions) -> Result:
        """The bundle of the pinned snapshot, after one of few particles where that is slow."""
        computed, expected = cache_keys.pictured(wanted), self.expected.of(wanted)
        if expected > SLOW and self._looked_back.find(model, computed) is None:
            bundle = self._few(wanted, model, options)
            self._looked_back.show_pinned(model, computed, bundle, few=True)
            if self._present.training() and expected > _TOO_SLOW:
                return bundle  # as the newest weights are shown meanwhile
        bundle = self._earlier(wanted, model, options, PIN)
        self._looked_back.show_pinned(model, computed, bundle)
        return bundle

    def _preview(self, model: Model) -> Preview | None:
        older = self.newest
        if not isinstance(older, Bundle) or not self._shows(model):
            return None
        return Preview(t=self.watched, older=older, show=self._show_preview)

    def _show_preview(self, bundle: Result) -> None:
        self.newest = slim(bundle)

    def _shows(self, model: Model) -> bool:
        """True if bundles of that model still belong to the present document."""
        newest = self._present.model
        return newest is not None and cache_keys.fixed(newest.document) == cache_keys.fixed(
            model.document
        )

    def _failed(self, request: tuple[int, int], error: Exception) -> None:
        self._answer(request)
        self._tell_failed(request, error)

    def _answer(self, request: tuple[int, int]) -> None:
        """Note that this request, and all before it, have got what they get."""
        number, priority = request
        if priority != PIN:
            self._answered = max(self._answered, number)

    def _sampled(self, request: tuple[int, int], answer: tuple[Model, Result]) -> None:
        model, bundle = answer
        if not self._shows(model):
            self._answer(request)
            return  # another document was opened meanwhile
        if request[1] == PIN:
            self.request_pin()  # where another is wanted by now
            return
        self.newest = bundle
        self._answer(request)
        self._rest_until = time.monotonic() + 3 * bundle.seconds
        self._made(model, bundle)
        self.request_pin()


def _leading(options: PlanOptions) -> PlanOptions:
    """Options of a coarse bundle, not cancelled at first, so that a drag shows something."""
    began, cancelled = time.monotonic(), options.cancelled
    if cancelled is None:
        return replace(options, coarse=True)
    late = began + _PATIENCE
    return replace(options, coarse=True, cancelled=lambda: time.monotonic() > late and cancelled())


def _is_new(document: Document | None) -> bool:
    return document is not None and must_compute_first(document)
