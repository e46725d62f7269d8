"""Measures the pictures in a thread of its own, and tells only what is true of the newest one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flowlab.core.views.bundle import Bundle
from flowlab.core.views.results import Result
from flowlab.work.bundle_sampler import Present
from flowlab.work.exact import exact_inputs, floors, refine, velocity_error
from flowlab.work.figures import ByTime, Figure
from flowlab.work.latest_request import LatestRequest, ShouldStop
from flowlab.work.live_metrics import known_of, measurements
from flowlab.work.looked_back import LookedBack
from flowlab.work.metrics_scheduler import MetricsScheduler
from flowlab.work.model import Model
from flowlab.work.status import Measures, Recorder

_MEASURE, _STUDY = 0, -1  # priorities of the chores
_FIGURES = "figures"  # a chore without a bundle of its own
_CALM = 0.4  # seconds after a picture of a drag until what is shown is measured
_PAUSE = 0.02  # seconds
EVERY = 0.8  # seconds between measurements while training
_FRESH = 3.0  # seconds, while training, that figures outlive the picture they were measured on


class Measuring:
    """The figures of the weights that are shown; those of other weights are blank."""

    def __init__(
        self,
        present: Present,
        looked_back: LookedBack,
        newest: Callable[[], Result | None],
        failed: Callable[[object, Exception], None],
    ) -> None:
        self._present, self._looked_back, self._newest = present, looked_back, newest
        self._metrics = MetricsScheduler()
        self._measures = Measures()
        self._newer_since = math.inf  # there is a newer picture than the one measured last
        self._of: Recorder | None = None  # the losses of the training that the figures are of
        self._quality: dict[int, Measures] = {}  # of each training, as last measured
        self._measured_at = self._calm_at = 0.0
        self._chores = LatestRequest(self._chore, lambda *_: None, failed, "measuring")

    # --- what others call, from any thread -----------------------------------------------------

    def want(self, names: Sequence[str]) -> None:
        """Compute these figures of the metrics panel; raises `Invalid` for an unknown name."""
        self._metrics.want(names)
        self._chores.submit(_FIGURES, _STUDY)

    def forget(self) -> None:
        """Blank all figures, which are of other weights than those shown."""
        self._measures = Measures()
        self._metrics.forget()

    def follow(self, before: Model | None, model: Model) -> None:
        """Blank the figures if the newest model is of another training or problem than before."""
        if before is None or not _comparable(before, model):
            self.forget()

    def calm(self) -> None:
        """Wait before the next measurement: a drag, of a setting or through training, goes on."""
        self._calm_at = time.monotonic() + _CALM

    def pictured(self, model: Model, result: Result) -> None:
        """Measure a new bundle; while training, now and then."""
        now = time.monotonic()
        late = now - self._measured_at > EVERY
        if self._measures.of_step != model.weights.step:
            self._newer_since = min(self._newer_since, now)
        if isinstance(result, Bundle) and (late or not self._trains):
            self._measured_at = now
            self._chores.submit((model, result), _MEASURE, patience=math.inf)

    def stop(self) -> bool:
        """Stop the thread; True if it has ended."""
        return self._chores.stop()

    @property
    def busy(self) -> bool:
        """True while a measurement runs or waits."""
        return self._chores.busy

    # --- what is known -------------------------------------------------------------------------

    def known(
        self, own: Recorder, *, trains: bool
    ) -> tuple[Measures, Mapping[str, Figure], ByTime | None]:
        """The live figures and those of the panel, if they are of the training `own`.

        Unless that trains, they are of the step that is shown.
        """
        shown = self._present.model
        # Or else they are of the training before, whose recorder was another one.
        if self._of not in (None, own) or shown is None or shown.recorder not in (None, own):
            return Measures(), {}, None
        measures, figures, by_time = self._measures, self._metrics.figures, self._metrics.by_time
        back = self._looked_back.back
        if trains and back is None:
            if time.monotonic() - self._newer_since < _FRESH:
                return measures, self._metrics.since(_FRESH), by_time
            return measures.without_weights(), {}, None
        step = own.step if back is None else back.weights.step
        return (
            measures if measures.of_step == step else measures.without_weights(),
            {name: figure for name, figure in figures.items() if figure.step == step},
            by_time if by_time is not None and by_time.step == step else None,
        )

    def quality(self, number: int) -> Measures:
        """The figures of a training when it was last measured."""
        return self._quality.get(number, Measures())

    @property
    def _trains(self) -> bool:
        """True if the weights that are shown change by themselves."""
        return self._present.training() and self._looked_back.back is None

    # --- in the thread -------------------------------------------------------------------------

    def _chore(self, request: tuple[Model, Bundle] | str, cancelled: ShouldStop) -> None:
        if isinstance(request, str):
            self._refine(cancelled)
            self._metrics.study(lambda: cancelled() or self._present.training())
            return
        self._measure(*request)
        if self._present.training():
            self._metrics.glance()
        self._chores.submit(_FIGURES, _STUDY)  # go on where this came between

    def _refine(self, cancelled: ShouldStop) -> None:
        """While nothing trains: make the loss floor as exact as it gets."""
        model = self._looked_back.back or self._present.model
        if model is None or self._present.training():
            return
        if refine(model.document, cancelled) and self._measures.of_step == model.weights.step:
            error = velocity_error(model)
            self._note(model, {"velocity_error": error, **known_of(floors(model.document))})

    def _measure(self, model: Model, bundle: Bundle) -> None:
        """Take the quickest figures first: each is shown as soon as it is known."""
        waited = self._looked_back.back is not None
        while not self._trains and time.monotonic() < self._calm_at:
            time.sleep(_PAUSE)  # a drag needs the cores
            waited = True
        if waited and self._newest() is not bundle:
            return
        for figures in measurements(model, bundle):
            self._note(model, figures)
        if self._is_present(model) and bundle.flows:
            self._metrics.take(model, bundle, self._measures)

    def _note(self, model: Model, figures: Mapping[str, Any]) -> None:
        """Take figures of weights that are still to be shown; those of older weights go."""
        if not self._is_present(model):
            return
        known = self._measures
        if known.of_step != model.weights.step:
            known, self._newer_since = known.without_weights(), math.inf
        self._take(model, replace(known, **{**figures, "of_step": model.weights.step}))

    def _take(self, model: Model, measures: Measures) -> None:
        shown = self._present.model
        self._of = None if shown is None else shown.recorder
        self._measures = measures
        if self._looked_back.back is None:
            self._quality[model.branch] = measures

    def _is_present(self, model: Model) -> bool:
        """True if figures of this model belong to what is shown: the same training and ends."""
        back, newest = self._looked_back.back, self._present.model
        if back is not None:
            return model is back
        return newest is not None and _comparable(newest, model)


def _comparable(before: Model, now: Model) -> bool:
    """True if both are of one training, and of the same exact problem."""
    same = exact_inputs(before.document) == exact_inputs(now.document)
    return (before.branch, before.recorder) == (now.branch, now.recorder) and same
