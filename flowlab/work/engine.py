"""The engine: documents in, bundles and figures out. All that the window talks to; knows no Qt."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from flowlab.core.document.document import Document, Network
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.learning.devices import device_label
from flowlab.core.learning.trainer import warm_up
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.core.views.posterior_lens import look_through
from flowlab.files.session import MOMENTS
from flowlab.work import cache_keys as aspects
from flowlab.work.bundle_sampler import BundleSampler, Present
from flowlab.work.exact import floors
from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded
from flowlab.work.measuring import measure
from flowlab.work.metrics_scheduler import MetricsScheduler
from flowlab.work.model import Model
from flowlab.work.moments import Moments
from flowlab.work.places import Places
from flowlab.work.reflowing import Rectifier
from flowlab.work.sampling import Probe, probed, shown
from flowlab.work.status import Measures, Recorder, Rectified, Status
from flowlab.work.thumbnails import Thumbnails
from flowlab.work.training import TrainingThread
from flowlab.work.weights_history import Snapshot, halved, thinned

__all__ = ["Engine", "Status", "warm_up"]

Floats = np.ndarray[Any, Any]
Kept = tuple[Snapshot, ...]

_CLOUD, _MEASURE, _STUDY = 1, 0, -1  # priorities of the chores
_THUMBNAILS, _FIGURES = "thumbnails", "figures"  # chores without a bundle of their own
_CALM = 0.4  # seconds after a look back, when the moment seen is measured
_PAUSE = 0.02  # seconds
_MEASURE_EVERY = 0.8  # seconds, while training


class Opening:
    """A document that was opened, and what was saved with it: what is known until it is in use."""

    def __init__(self, document: Document, record: TrainingRecord | None) -> None:
        self.record = record
        self.recorder = Recorder() if record is None else Recorder.of(record)
        self.published = None if record is None else (document.network, record.weights)


class Engine:
    """Trains, samples and measures in threads of its own; every read is of one frozen value."""

    def __init__(self, device: str = "auto") -> None:
        torch.set_num_threads(1)
        self._places = Places(device)
        self._present = Present(training=lambda: self._training.state == "training")
        self._opening: Opening | None = None  # a document whose first model has not come yet
        self._probe: Bundle | None = None
        self._sight: LensAnswer | None = None
        self._thumbnails = Thumbnails()
        self._gauges = MetricsScheduler()
        self._measures = Measures()
        self._measured_at = self._calm_at = 0.0
        self._kept: tuple[Document | None, Kept, Kept] = None, (), ()
        self._view_problem = ""
        self._numbers = itertools.count(1)
        self._prober = LatestRequest(self._run_probe, self._probed, self._failed, "probing")
        self._looker = LatestRequest(self._look, self._looked, self._failed, "looking")
        self._chores = LatestRequest(self._chore, lambda *_: None, self._failed, "measuring")
        self._training = TrainingThread(
            self._places.training, self._take_model, lambda: self._pictures.free
        )
        self._moments = Moments(lambda: self._training.ring)
        self._pictures = BundleSampler(
            self._present, self._places, self._moments, self._pictured, self._failed
        )
        self._rectifier = Rectifier(self._training.hold, self._training.release)

    # --- the document --------------------------------------------------------------------------

    def apply(self, document: Document) -> None:
        """Show this document: retrain, swap data, tune or sample again, as little as will do."""
        before, self._present.document = self._present.document, document
        if before is None or aspects.learned(before) != aspects.learned(document):
            self._training.want(document)
        elif self._present.model is not None and self._pictures.changed(before, document):
            self._pictures.request()
        if before is not None and aspects.costs(before) != aspects.costs(document):
            self._view_problem = ""
            self._pictures.try_all()

    def open(self, document: Document, record: TrainingRecord | None = None) -> None:
        """Begin anew, paused, with another document and what was saved of its training.

        Until its weights are in use, `record` answers with what was saved.
        """
        self._opening, self._present.document = Opening(document, record), document
        self._moments.drop()
        self._present.model = self._pictures.newest = self._probe = self._sight = None
        self._measures, self._view_problem = Measures(), ""
        self._rectifier.drop()
        self._gauges.forget()
        self._training.open(document, record)

    def load(self, weights: Weights) -> None:
        """Go on from saved weights of the present document."""
        if self._present.document is not None:
            self.open(self._present.document, TrainingRecord(weights=weights))

    def train(self) -> None:
        """Start or go on training."""
        self._rectifier.problem = ""
        self._pictures.hurry()
        self._training.train()

    def pause(self) -> None:
        """Pause training after the present block."""
        self._training.pause()

    def step(self) -> None:
        """Train for one step, then pause."""
        self._training.step()

    def reset(self) -> None:
        """Fresh weights for the same document."""
        self._training.reset()

    def weights(self) -> Weights | None:
        """The newest weights in use, the raw ones among them."""
        model = self._present.model
        return None if model is None else model.weights

    def record(self, network: Network | None = None) -> TrainingRecord | None:
        """What there is to be saved of the training (of that network, if one is named)."""
        published = self.published()
        if published is None or network not in (None, published[0]):
            return None
        if self._opening is not None:
            return self._opening.record
        moments = tuple(halved(moment.weights) for moment in self.kept())
        return TrainingRecord(weights=published[1], losses=self.losses(), moments=moments)

    def losses(self) -> dict[str, Floats]:
        """The losses on the way to the published weights, and perhaps of a few more blocks."""
        if self._opening is not None:
            return self._opening.recorder.history().losses
        model = self._present.model
        recorder = None if model is None else model.recorder
        return {} if recorder is None else recorder.history().losses

    def published(self) -> tuple[Network, Weights] | None:
        """The newest published weights with the network that they belong to."""
        if self._opening is not None:
            return self._opening.published
        model = self._present.model
        return None if model is None else model.published

    def kept(self) -> tuple[Snapshot, ...]:
        """At most 32 moments of the present training, those that are saved."""
        model, ring = self._present.model, self._training.ring.moments
        if model is None:
            return ()
        if self._kept[:2] != (model.document, ring):  # by identity, or nearly so: both are frozen
            ends = aspects.ends(model.document)
            own = [moment for moment in ring if aspects.ends(moment.document) == ends]
            self._kept = model.document, ring, tuple(thinned(own, MOMENTS))
        return self._kept[2]

    def close(self) -> bool:
        """Stop every thread and say whether all have ended; harmless when called again."""
        ended = [self._training.close(), self._rectifier.stop()]
        return all(
            ended
            + [job.stop() for job in (self._pictures, self._prober, self._looker, self._chores)]
        )

    # --- what is to be seen --------------------------------------------------------------------

    def newest(self) -> Bundle | None:
        """The newest bundle, or None before the first."""
        return self._pictures.newest

    def watch(self, t: float) -> None:
        """Say which t is seen: while training, slow pictures are refreshed there first."""
        self._pictures.watched = t

    def look_back(self, step: int | None) -> None:
        """Picture the flow as it was at the kept step nearest to `step`; None: as it is now.

        Training goes on undisturbed.
        """
        self._moments.look_back(step)
        self._pictures.hurry()
        self._calm_at = time.monotonic() + _CALM
        if self._present.model is not None:
            self._pictures.request()

    def pin(self, step: int | None) -> None:
        """Picture the moment nearest to `step` as well, to be seen beside; None: no longer."""
        self._moments.pin_at(step, self._present.model)
        self._pictures.request_pin()

    def pinned(self) -> Bundle | None:
        """The bundle of the pinned moment, or None while there is none."""
        return self._moments.pinned()

    def probe(self, points: Floats, from_time: int = 0) -> int:
        """Ask for the paths that start (or, from t = 1, end) at points (M, 2).

        Returns the number that the answer will carry as its revision; newer asks replace older.
        """
        number = next(self._numbers)
        self._prober.submit(Probe(np.array(points, np.float32), from_time, number))
        return number

    def newest_probe(self) -> Bundle | None:
        """The newest answer to `probe`."""
        return self._probe

    def look(self, look: LensQuery) -> None:
        """Ask what a lens shows there; newer asks replace older."""
        self._looker.submit(look)

    def newest_sight(self) -> LensAnswer | None:
        """The newest answer to `look`, which it carries."""
        return self._sight

    def rectify(self) -> None:
        """Make pairs for a reflow by the newest weights; `rectified` has them in the end.

        Training rests meanwhile.
        """
        self._rectifier.start(self._present.model)

    def stop_rectifying(self) -> None:
        """Make no pairs after all."""
        self._rectifier.cancel()

    def rectified(self) -> Rectified | None:
        """The newest coupling made by `rectify`."""
        return self._rectifier.newest

    def request_cloud(self, key: str, shape: Shape, n: int = 600) -> None:
        """Ask for `n` samples of a shape, to be found under `key`."""
        self._thumbnails.want(key, shape, n)
        self._chores.submit(_THUMBNAILS, _CLOUD, yields=False)

    def cloud(self, key: str) -> Floats | None:
        """Samples (n, 2) asked for under that key, or None while there are none."""
        return self._thumbnails.find(key)

    def measure(self, names: Sequence[str]) -> None:
        """Say which of `work.figures.GAUGES` are seen: no others are computed."""
        self._gauges.want(names)
        self._chores.submit(_FIGURES, _STUDY)

    def status(self) -> Status:
        """Everything about the work in progress."""
        training, bundle = self._training, self._pictures.newest
        recorder = training.recorder if self._opening is None else self._opening.recorder
        return Status(
            **asdict(self._measures),
            state=training.state,
            reason=training.reason,
            problem=training.problem or self._view_problem or self._rectifier.problem,
            rectifying=self._rectifier.share,
            step=recorder.step,
            seconds=recorder.seconds,
            steps_per_second=recorder.rate,
            device=device_label(training.place.device, training.place.threads),
            history=recorder.history(),
            nfe=0 if bundle is None else bundle.evaluations,
            memory=0 if bundle is None else bundle.nbytes,
            sampling_seconds=0.0 if bundle is None else bundle.seconds,
            steps_kept=training.ring.steps,
            looking_back=_step_of(self._moments.back),
            pinned=_step_of(self._moments.pin),
            figures=self._gauges.found,
            by_time=self._gauges.by_time,
        )

    # --- weights and pictures ------------------------------------------------------------------

    def _take_model(self, model: Model) -> None:
        """In the training thread: new weights, or a document that is now followed."""
        document = self._present.document
        if (
            self._opening is not None
            and document is not None
            and aspects.learned(model.document) != aspects.learned(document)
        ):
            return  # still of the document that was open before
        self._opening = None
        before, self._present.model = self._present.model, model
        fresh = before is None or before.document != model.document
        if fresh and (
            before is None or aspects.ends(before.document) != aspects.ends(model.document)
        ):
            self._measures = Measures()
        self._moments.follow()
        self._pictures.take_weights(fresh=fresh)

    def _pictured(self, model: Model, bundle: Bundle) -> None:
        """In the sampling thread: a new picture; now and then it is measured."""
        self._view_problem = ""
        now = time.monotonic()
        late = now - self._measured_at > _MEASURE_EVERY
        stays = self._training.state != "training" or self._moments.back is not None
        if late or stays:
            self._measured_at = now
            self._chores.submit((model, bundle), _MEASURE, yields=False)

    def tell_problem(self, error: Exception) -> None:
        """Have the status say what could not be done; what was there before is kept."""
        self._failed(None, error)

    def _failed(self, _request: object, error: Exception) -> None:
        plain = isinstance(error, Invalid)
        self._view_problem = str(error) if plain else f"The picture failed: {error}".split("\n")[0]

    # --- probes and chores ---------------------------------------------------------------------

    def _run_probe(self, probe: Probe, cancelled: ShouldStop) -> Bundle:
        model, document = self._pictures.seen, self._present.document
        if model is None or document is None:
            raise Superseded
        return probed(probe, model, document, cancelled)

    def _probed(self, _probe: Probe, bundle: Bundle) -> None:
        self._probe = bundle

    def _look(self, look: LensQuery, _cancelled: ShouldStop) -> LensAnswer:
        model, document = self._pictures.seen, self._present.document
        if model is None or document is None:
            raise Superseded
        return look_through(shown(model, document), look, model.field, model.weights.step)

    def _looked(self, _look: LensQuery, sight: LensAnswer) -> None:
        self._sight = sight

    def _chore(self, request: tuple[Model, Bundle] | str, cancelled: ShouldStop) -> None:
        if request == _FIGURES:
            self._gauges.study(lambda: cancelled() or self._training.state == "training")
            return
        if isinstance(request, str):
            self._thumbnails.fill()
        else:
            self._measure(*request)
            if self._training.state == "training":
                self._gauges.glance(cancelled)
        if self._gauges.wanted:
            self._chores.submit(_FIGURES, _STUDY)  # go on where this came between

    def _measure(self, model: Model, bundle: Bundle) -> None:
        while self._moments.back is not None and time.monotonic() < self._calm_at:
            time.sleep(_PAUSE)  # a drag needs the cores
        if self._moments.back is not None and self._pictures.newest is not bundle:
            return
        ends = aspects.ends(model.document)
        self._measures = replace(self._measures, **_known(floors(model.document)))
        found = measure(model, bundle)
        newest = self._present.model
        if newest is not None and aspects.ends(newest.document) == ends:
            self._measures = found
            if bundle.flows:
                self._gauges.take(model, bundle, found)


def _step_of(model: Model | None) -> int | None:
    return None if model is None else model.weights.step


def _known(measures: Measures) -> dict[str, Any]:
    return {name: value for name, value in asdict(measures).items() if value is not None}
