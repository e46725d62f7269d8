"""The engine: takes documents, gives bundles and figures. The window's only partner; no Qt."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import torch

from flowlab.core.document.document import Document
from flowlab.core.document.learned import learned
from flowlab.core.document.limits import Invalid
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.devices import device_label
from flowlab.core.learning.trainer import warm_up
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Query
from flowlab.core.views.results import Result
from flowlab.work import cache_keys
from flowlab.work.answering import Answers
from flowlab.work.bundle_sampler import BundleSampler, Present
from flowlab.work.exact import exact_inputs, floors, refine, velocity_error
from flowlab.work.face import A, EngineFace
from flowlab.work.kept import KeptTraining, RunFacts
from flowlab.work.latest_request import LatestRequest, ShouldStop
from flowlab.work.live_metrics import measure
from flowlab.work.looked_back import LookedBack
from flowlab.work.metrics_scheduler import MetricsScheduler
from flowlab.work.model import Model
from flowlab.work.places import Places
from flowlab.work.queries import QUERIES, Answer, Asked, Known, Table
from flowlab.work.saving import Saving
from flowlab.work.status import Measures, Recorder, Status
from flowlab.work.training import TrainingThread

__all__ = ["Engine", "Status", "warm_up"]

_MEASURE, _STUDY = 0, -1  # priorities of the chores
_FIGURES = "figures"  # a chore without a bundle of its own
_CALM = 0.4  # seconds after a look back until the snapshot shown is measured
_PAUSE = 0.02  # seconds
_MEASURE_EVERY = 0.8  # seconds, while training


class Engine(EngineFace):
    """Trains, samples and measures in threads of its own; every read returns a frozen value.

    `saving` and `answers` are read by the herald, which sends them to another process.
    """

    def __init__(self, device: str = "auto", table: Table = QUERIES) -> None:
        super().__init__(table)
        torch.set_num_threads(1)
        self._places = Places(device)
        self._branch = Branch()
        self._present = Present(training=lambda: self._training.state == "training")
        self.saving = Saving(
            lambda: self._training.weights_history.snapshots,
            lambda: self._training.present.shelf.trainings,
        )
        self._metrics = MetricsScheduler()
        self._measures = Measures()
        self._measured: Recorder | None = None  # of the training that the figures are of
        self._quality: dict[int, Measures] = {}  # of each training, as last measured
        self._measured_at = self._calm_at = 0.0
        self._view_problem = ""
        self._chores = LatestRequest(self._chore, lambda *_: None, self._failed, "measuring")
        self._training = TrainingThread(
            self._places.training, self._take_model, lambda: self._pictures.free
        )
        self._looked_back = LookedBack(lambda: self._training.weights_history)
        self._pictures = BundleSampler(
            self._present, self._places, self._looked_back, self._pictured, self._failed
        )
        self.answers = Answers(table, self._known, self._training.hold, self._training.release)

    def tell(self, name: str, *arguments: Any) -> None:
        """Obey a command; one that fails is dropped, and the engine keeps its weights."""
        try:
            getattr(self, name)(*arguments)
        except Exception as error:
            self._failed(None, error)

    # --- the document --------------------------------------------------------------------------

    def apply(self, document: Document, branch: Branch = FIRST) -> None:
        before, self._present.document = self._present.document, document
        same = branch.number == self._branch.number
        self._branch = branch
        if before is None or not same or learned(before) != learned(document):
            self._training.want(document, branch)
        elif self._present.model is not None and self._pictures.changed(before, document):
            self._pictures.request()
        if before is not None and cache_keys.costs(before) != cache_keys.costs(document):
            self._view_problem = ""
            self.answers.forgive()
            self._pictures.try_all()

    def open(
        self,
        document: Document,
        record: TrainingRecord | None = None,
        branch: Branch = FIRST,
    ) -> None:
        self.saving.open(document, record, branch)
        self._present.document, self._branch = document, branch
        self._looked_back.drop()
        self._present.model = self._pictures.newest = None
        self._view_problem = ""
        self._forget_figures()
        self.answers.drop()
        self._training.open(document, record, branch)

    def train(self) -> None:
        self.answers.forgive()
        self._pictures.hurry()
        self._training.train()

    def pause(self) -> None:
        self._training.pause()

    def step(self) -> None:
        self._training.step()

    def keep(self, kept: KeptTraining) -> None:
        self._training.keep(kept)

    def record(
        self, network: Network | None = None, branch: Branch | None = None
    ) -> TrainingRecord | None:
        return self.saving.record(network, branch)

    def close(self) -> bool:
        ended = [self._training.close(), self.answers.stop()]
        return all(ended + [job.stop() for job in (self._pictures, self._chores)])

    # --- questions -----------------------------------------------------------------------------

    def take_up(self, asked: Asked) -> None:
        self.answers.take_up(asked)

    def cancel(self, kind: type[Query[Any]]) -> None:
        self.answers.cancel(kind)

    def answer(self, kind: type[Query[A]], key: object = None) -> Answer[A] | None:
        return self.answers.newest.get((kind, key))

    def progress(self, kind: type[Query[Any]]) -> float | None:
        return self.answers.progress.get(kind)

    def _known(self) -> Known:
        models = self._present.model, self._pictures.seen
        return Known(self._present.document, *models, self._revision)

    def _revision(self) -> int | None:
        """The revision of the picture; None while an edit still waits for one."""
        document, model = self._present.document, self._present.model
        newest = self._pictures.newest
        shown = 0 if newest is None else newest.revision
        if document is None or self._training.problem:
            return shown
        wanted = (self._branch.number, learned(document))
        if model is None or (model.branch, learned(model.document)) != wanted:
            return None
        return None if self._pictures.due else shown

    # --- what is to be seen --------------------------------------------------------------------

    def newest(self) -> Result | None:
        return self._pictures.newest

    def watch(self, t: float) -> None:
        self._pictures.watched = t

    def look_back(self, step: int | None) -> None:
        before = self._looked_back.back
        self._looked_back.look_back(step)
        if _step_of(before) != _step_of(self._looked_back.back):
            self._forget_figures()
        self._pictures.hurry()
        self._calm_at = time.monotonic() + _CALM
        if self._present.model is not None:
            self._pictures.request()

    def pin(self, step: int | None) -> None:
        self._looked_back.pin_at(step, self._present.model)
        self._pictures.request_pin()

    def pinned(self) -> Result | None:
        return self._looked_back.pinned()

    def measure(self, names: Sequence[str]) -> None:
        self._metrics.want(names)
        self._chores.submit(_FIGURES, _STUDY)

    def status(self) -> Status:
        training, bundle = self._training, self._pictures.newest
        opening, present = self.saving.opening, training.present
        recorder = training.recorder if opening is None else opening.recorder
        shown, own = self._present.model, (None, training.recorder)
        # Or else they are of the training before, whose recorder was another one.
        known = (shown is None or shown.recorder in own) and self._measured in own
        return Status(
            **_fields_of(self._measures if known else Measures()),
            state=training.state,
            reason=training.reason,
            problem=training.problem or self._view_problem or self.answers.problem,
            progress=self.answers.progress,
            step=recorder.step,
            seconds=recorder.seconds,
            steps_per_second=recorder.rate,
            device=device_label(training.place.device, training.place.threads),
            history=recorder.history(),
            regression=Regression.of(self._present.document or Document()),
            nfe=0 if bundle is None else bundle.evaluations,
            memory=0 if bundle is None else bundle.nbytes,
            sampling_seconds=0.0 if bundle is None else bundle.seconds,
            steps_kept=training.weights_history.steps,
            looking_back=_step_of(self._looked_back.back),
            seconds_then=recorder.seconds_at(_step_of(self._looked_back.back) or 0),
            sampling=self._pictures.progress,
            pinned=_step_of(self._looked_back.pin),
            figures=self._metrics.figures if known else {},
            by_time=self._metrics.by_time if known else None,
            branch=present.branch if opening is None else opening.branch.number,
            runs=self._runs(),
        )

    def _runs(self) -> tuple[RunFacts, ...]:
        """What is known of all trainings, with how good they were when last measured."""
        runs, none = self._training.present.runs, Measures()
        measured = [self._quality.get(run.number, none) for run in runs]
        return tuple(
            replace(run, sliced_w2=m.sliced_w2, sliced_w2_floor=m.sliced_w2_floor)
            for run, m in zip(runs, measured, strict=True)
        )

    # --- weights and pictures ------------------------------------------------------------------

    def _take_model(self, model: Model) -> None:
        """In the training thread: take new weights, or those of a new document."""
        document = self._present.document
        if (
            self.saving.opening is not None
            and document is not None
            and (model.branch, learned(model.document)) != (self._branch.number, learned(document))
        ):
            return  # still of the document that was open before
        before, self._present.model = self._present.model, model
        self.saving.take(model)
        fresh = before is None or before.document != model.document
        if before is None or not _comparable(before, model):
            self._forget_figures()
        self._looked_back.follow()
        self._pictures.take_weights(fresh=fresh)

    def _pictured(self, model: Model, result: Result) -> None:
        """In the sampling thread: take a new result; now and then a bundle is measured."""
        self._view_problem = ""
        now = time.monotonic()
        late = now - self._measured_at > _MEASURE_EVERY
        stays = self._training.state != "training" or self._looked_back.back is not None
        if isinstance(result, Bundle) and (late or stays):
            self._measured_at = now
            self._chores.submit((model, result), _MEASURE, patience=math.inf)

    def _failed(self, _request: object, error: Exception) -> None:
        plain = isinstance(error, Invalid)
        self._view_problem = str(error) if plain else f"The picture failed: {error}".split("\n")[0]

    # --- chores --------------------------------------------------------------------------------

    def _chore(self, request: tuple[Model, Bundle] | str, cancelled: ShouldStop) -> None:
        if isinstance(request, str):
            self._refine(cancelled)
            self._metrics.study(lambda: cancelled() or self._training.state == "training")
            return
        self._measure(*request)
        if self._training.state == "training":
            self._metrics.glance(cancelled)
        self._chores.submit(_FIGURES, _STUDY)  # go on where this came between

    def _refine(self, cancelled: ShouldStop) -> None:
        """While nothing trains: make the loss floor as exact as it gets."""
        model = self._pictures.seen
        if model is None or self._training.state == "training":
            return
        if refine(model.document, cancelled) and self._measures.of_step == model.weights.step:
            error = velocity_error(model)
            if self._is_present(model):
                known = _known_of(floors(model.document))
                self._note(replace(self._measures, velocity_error=error, **known))

    def _measure(self, model: Model, bundle: Bundle) -> None:
        while self._looked_back.back is not None and time.monotonic() < self._calm_at:
            time.sleep(_PAUSE)  # a drag needs the cores
        if self._looked_back.back is not None and self._pictures.newest is not bundle:
            return
        if not self._is_present(model):
            return
        self._note(replace(self._measures, **_known_of(floors(model.document))))
        measures = measure(model, bundle)
        if self._is_present(model):
            self._note(measures)
            if self._looked_back.back is None:
                self._quality[model.branch] = measures
            if bundle.flows:
                self._metrics.take(model, bundle, measures)

    def _note(self, measures: Measures) -> None:
        """Take figures of the training whose weights are shown."""
        shown = self._present.model
        self._measured = None if shown is None else shown.recorder
        self._measures = measures

    def _is_present(self, model: Model) -> bool:
        """True if figures of this model belong to what is shown: the same training and ends."""
        back, newest = self._looked_back.back, self._present.model
        if back is not None:
            return model is back
        return newest is not None and _comparable(newest, model)

    def _forget_figures(self) -> None:
        """Blank all figures, which are of other weights than those shown."""
        self._measures = Measures()
        self._metrics.forget()


def _comparable(before: Model, now: Model) -> bool:
    """True if both are of one training, and of the same exact problem."""
    same = exact_inputs(before.document) == exact_inputs(now.document)
    return (before.branch, before.recorder) == (now.branch, now.recorder) and same


def _step_of(model: Model | None) -> int | None:
    return None if model is None else model.weights.step


def _fields_of(measures: Measures) -> dict[str, Any]:
    return {each.name: getattr(measures, each.name) for each in fields(Measures)}


def _known_of(measures: Measures) -> dict[str, Any]:
    return {name: value for name, value in _fields_of(measures).items() if value is not None}
