"""The engine: takes documents, gives bundles and figures. The window's only partner; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from flowlab.core.document.document import Document
from flowlab.core.document.learned import learned
from flowlab.core.document.limits import Invalid
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import Network
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.learning.devices import device_label
from flowlab.core.learning.folded_steps import run as steps_of_sdes
from flowlab.core.learning.scripted import scripted
from flowlab.core.learning.trainer import warm_up as warm_up_training
from flowlab.core.learning.weights import TrainingRecord
from flowlab.core.views.query import Query
from flowlab.core.views.results import Result
from flowlab.work import cache_keys
from flowlab.work.answering import Answers
from flowlab.work.bundle_sampler import BundleSampler, Present
from flowlab.work.face import A, EngineFace
from flowlab.work.kept import QUALITIES, KeptTraining, RunFacts
from flowlab.work.looked_back import LookedBack
from flowlab.work.measuring import Measuring
from flowlab.work.model import Model
from flowlab.work.places import Places
from flowlab.work.queries import QUERIES, Answer, Asked, Known, Table
from flowlab.work.saving import Saving
from flowlab.work.status import Status
from flowlab.work.training import TrainingThread

__all__ = ["Engine", "Status", "warm_up"]

_MEASURE, _STUDY = 0, -1  # priorities of the chores
_FIGURES = "figures"  # a chore without a bundle of its own
_CALM = 0.4  # seconds after a look back until the snapshot shown is measured
_PAUSE = 0.02  # seconds
_MEASURE_EVERY = 0.8  # seconds, while training


def warm_up() -> None:
    """Compile what the first training and the first picture would else wait for."""
    warm_up_training()
    scripted(steps_of_sdes)


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
        self._view_problem = ""
        self._training = TrainingThread(
            self._places.training, self._take_model, lambda: self._pictures.free
        )
        self._looked_back = LookedBack(lambda: self._training.weights_history)
        self._pictures = BundleSampler(
            self._present, self._places, self._looked_back, self._pictured, self._failed
        )
        self._measuring = Measuring(
            self._present, self._looked_back, lambda: self._pictures.newest, self._failed
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
            if before.view.name != document.view.name:
                self._pictures.try_all(document)

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
        self._measuring.forget()
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
        return all(ended + [job.stop() for job in (self._pictures, self._measuring)])

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
        self._looked_back.look_back(step, self._present.model)
        if _step_of(before) != _step_of(self._looked_back.back):
            self._measuring.forget()
        self._pictures.hurry()
        self._measuring.calm()
        if self._present.model is not None:
            self._pictures.request()

    def pin(self, step: int | None) -> None:
        self._looked_back.pin_at(step, self._present.model)
        self._pictures.request_pin()

    def pinned(self) -> Result | None:
        return self._looked_back.pinned()

    def measure(self, names: Sequence[str]) -> None:
        self._measuring.want(names)

    def status(self) -> Status:
        training, bundle = self._training, self._pictures.newest
        opening, present = self.saving.opening, training.present
        recorder = training.recorder if opening is None else opening.recorder
        state = training.state  # once: it must not end between the figures and the step
        trains = state == "training"
        measures, figures, by_time = self._measuring.known(training.recorder, trains=trains)
        return Status(
            **vars(measures),
            state=state,
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
            figures=figures,
            by_time=by_time,
            branch=present.branch if opening is None else opening.branch.number,
            runs=self._runs(),
        )

    def _runs(self) -> tuple[RunFacts, ...]:
        """What is known of all trainings, with how good they were when last measured."""
        runs = self._training.present.runs
        measured = [self._measuring.quality(run.number) for run in runs]
        return tuple(
            replace(run, measured_at=m.of_step, **{name: getattr(m, name) for name in QUALITIES})
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
        self._measuring.follow(before, model)
        self._looked_back.follow()
        self._pictures.take_weights(fresh=fresh)

    def _pictured(self, model: Model, result: Result) -> None:
        """In the sampling thread: take a new result; now and then a bundle is measured."""
        self._view_problem = ""
        if self._pictures.dragged:
            self._measuring.calm()
        self._measuring.pictured(model, result)

    def _failed(self, _request: object, error: Exception) -> None:
        plain = isinstance(error, Invalid)
        self._view_problem = str(error) if plain else f"The picture failed: {error}".split("\n")[0]


def _step_of(model: Model | None) -> int | None:
    return None if model is None else model.weights.step
