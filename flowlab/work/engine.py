"""The engine: documents in, bundles and figures out. All that the window talks to; knows no Qt."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from flowlab.core.bundle import Bundle
from flowlab.core.devices import device_label
from flowlab.core.distributions import build
from flowlab.core.document import Document, Network
from flowlab.core.limits import Invalid
from flowlab.core.plans import Early, PlanOptions
from flowlab.core.shapes import Shape
from flowlab.core.training import warm_up
from flowlab.core.weights import Weights
from flowlab.work.latest import Cancelled, Latest, Superseded
from flowlab.work.measuring import floors, measure
from flowlab.work.model import Model
from flowlab.work.places import Places
from flowlab.work.sampling import Probe, bundle_of, probed, shown, slim
from flowlab.work.status import Measures, Status
from flowlab.work.training import TrainingThread

__all__ = ["Engine", "Status", "warm_up"]

Floats = np.ndarray[Any, Any]

_EDIT, _REFRESH = 1, 0  # priorities of a bundle: a person waits for the first
_CLOUD, _MEASURE = 1, 0  # priorities of the chores
_SLOW = 0.3  # seconds; a bundle that takes longer is dropped for a newer edit
_TOO_SLOW = 1.0  # seconds; while training, such bundles are of fewer particles
_MEASURE_EVERY = 0.8  # seconds, while training


class Engine:
    """Trains, samples and measures in threads of its own; every read is of one frozen value."""

    def __init__(self, device: str = "auto") -> None:
        torch.set_num_threads(1)
        self._places = Places(device)
        self._document: Document | None = None
        self._model: Model | None = None
        self._opening = False  # a document whose first model has not come yet
        self._newest: Bundle | None = None
        self._full_seconds = 0.0  # that the last bundle of all particles took
        self._probe: Bundle | None = None
        self._watched = 0.0  # the t that a person sees
        self._clouds: dict[str, tuple[Shape, Floats]] = {}
        self._wanted_clouds: dict[str, tuple[Shape, int]] = {}
        self._measures = Measures()
        self._measured_at = self._rest_until = 0.0
        self._view_problem = ""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._sampler = Latest(self._sample, self._sampled, self._failed, "sampling")
        self._prober = Latest(self._run_probe, self._probed, self._failed, "probing")
        self._chores = Latest(self._chore, lambda *_: None, self._failed, "measuring")
        self._training = TrainingThread(self._places.training, self._take_model, self._is_free)

    # --- the document --------------------------------------------------------------------------

    def apply(self, document: Document) -> None:
        """Show this document: retrain, swap data, tune or sample again, as little as will do."""
        before, self._document = self._document, document
        if before is None or _learned(before) != _learned(document):
            self._training.want(document)
        elif _computed(before) != _computed(document) and self._model is not None:
            self._request(_EDIT)
        if before is not None and _costs(before) != _costs(document):
            self._view_problem = ""
            self._full_seconds = min(self._full_seconds, _TOO_SLOW)  # all particles are tried again

    def open(self, document: Document, weights: Weights | None = None) -> None:
        """Begin anew, paused, with another document and its saved weights if it has any."""
        self._opening, self._document = True, document
        self._model = self._newest = self._probe = None
        self._measures, self._view_problem = Measures(), ""
        self._training.open(document, weights)

    def load(self, weights: Weights) -> None:
        """Go on from saved weights of the present document."""
        if self._document is not None:
            self.open(self._document, weights)

    def train(self) -> None:
        """Start or go on training."""
        self._rest_until = 0.0  # the first picture does not wait for what came before
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

    def weights(self, network: Network | None = None) -> Weights | None:
        """The newest published weights (of that network, if one is named), for saving."""
        model = self._model
        fits = model is not None and network in (None, model.document.network)
        return model.weights if model is not None and fits else None

    def published(self) -> tuple[Network, Weights] | None:
        """The newest published weights with the network that they belong to."""
        model = self._model
        return None if model is None else model.published

    def close(self) -> bool:
        """Stop every thread and say whether all have ended; harmless when called again."""
        ended = [self._training.close()]
        return all(ended + [job.stop() for job in (self._sampler, self._prober, self._chores)])

    # --- what is to be seen --------------------------------------------------------------------

    def newest(self) -> Bundle | None:
        """The newest bundle, or None before the first."""
        return self._newest

    def watch(self, t: float) -> None:
        """Say which t is seen: while training, slow pictures are refreshed there first."""
        self._watched = t

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

    def request_cloud(self, key: str, shape: Shape, n: int = 600) -> None:
        """Ask for `n` samples of a shape, to be found under `key`."""
        with self._lock:
            self._wanted_clouds[key] = (shape, n)
        self._chores.submit(None, _CLOUD, yields=False)

    def cloud(self, key: str) -> Floats | None:
        """Samples (n, 2) asked for under that key, or None while there are none."""
        found = self._clouds.get(key)
        return None if found is None else found[1]

    def status(self) -> Status:
        """Everything about the work in progress."""
        training, bundle = self._training, self._newest
        recorder = training.recorder
        return Status(
            **asdict(self._measures),
            state=training.state,
            reason=training.reason,
            problem=training.problem or self._view_problem,
            step=recorder.step,
            seconds=recorder.seconds,
            steps_per_second=recorder.rate,
            device=device_label(training.place.device, training.place.threads),
            history=recorder.history(),
            nfe=0 if bundle is None else bundle.evaluations,
            memory=0 if bundle is None else bundle.nbytes,
            sampling_seconds=0.0 if bundle is None else bundle.seconds,
        )

    # --- sampling ------------------------------------------------------------------------------

    def _take_model(self, model: Model) -> None:
        """In the training thread: new weights, or a document that is now followed."""
        document = self._document
        if (
            self._opening
            and document is not None
            and _learned(model.document) != _learned(document)
        ):
            return  # still of the document that was open before
        self._opening = False
        before, self._model = self._model, model
        fresh = before is None or before.document != model.document
        if fresh and (before is None or _ends(before.document) != _ends(model.document)):
            self._measures = Measures()
        self._request(_EDIT if fresh else _REFRESH)

    def _is_free(self) -> bool:
        """Whether a new picture may be made; training has two thirds of the time for itself."""
        return not self._sampler.busy and time.monotonic() >= self._rest_until

    def _request(self, priority: int) -> None:
        bundle = self._newest
        slow = bundle is not None and bundle.seconds > _SLOW
        yields = priority == _EDIT and slow
        self._sampler.submit((next(self._numbers), priority), priority, yields=yields)

    def _sample(self, request: tuple[int, int], cancelled: Cancelled) -> tuple[Model, Bundle]:
        model, document = self._model, self._document
        if model is None or document is None:
            raise Superseded
        revision, priority = request
        wanted, training = shown(model, document), self._training.state == "training"
        options = PlanOptions(
            revision=revision,
            step=model.weights.step,
            cancelled=cancelled,
            workers=self._places.sampling_threads(training),
            lattice=wanted.view.show_grid or not training,
            field=wanted.view.field != "none" or not training,
        )
        if training and _SLOW < self._full_seconds <= _TOO_SLOW and priority == _REFRESH:
            options = replace(options, early=self._early(model))
        if training and self._full_seconds > _TOO_SLOW:
            return model, bundle_of(wanted, model, replace(options, coarse=True))
        if priority == _EDIT and self._full_seconds > _SLOW:
            self._newest = bundle_of(wanted, model, replace(options, coarse=True))
        bundle = bundle_of(wanted, model, options)
        self._full_seconds = bundle.seconds
        return model, bundle

    def _early(self, model: Model) -> Early | None:
        older = self._newest
        if older is None or not self._shows(model):
            return None
        return Early(t=self._watched, older=older, tell=self._take_early)

    def _take_early(self, bundle: Bundle) -> None:
        self._newest = slim(bundle)

    def _shows(self, model: Model) -> bool:
        """Whether pictures of that model are still of the present document."""
        return self._model is not None and _fixed(self._model.document) == _fixed(model.document)

    def _sampled(self, _request: tuple[int, int], answer: tuple[Model, Bundle]) -> None:
        model, bundle = answer
        if not self._shows(model):
            return  # another document was opened meanwhile
        self._newest = bundle
        self._view_problem = ""
        now = time.monotonic()
        self._rest_until = now + 3 * bundle.seconds
        late = now - self._measured_at > _MEASURE_EVERY
        if late or self._training.state != "training":
            self._measured_at = now
            self._chores.submit((model, bundle), _MEASURE, yields=False)

    def _failed(self, _request: object, error: Exception) -> None:
        plain = isinstance(error, Invalid)
        self._view_problem = str(error) if plain else f"The picture failed: {error}".split("\n")[0]

    # --- probes and chores ---------------------------------------------------------------------

    def _run_probe(self, probe: Probe, cancelled: Cancelled) -> Bundle:
        model, document = self._model, self._document
        if model is None or document is None:
            raise Superseded
        return probed(probe, model, document, cancelled)

    def _probed(self, _probe: Probe, bundle: Bundle) -> None:
        self._probe = bundle

    def _chore(self, request: tuple[Model, Bundle] | None, _cancelled: Cancelled) -> None:
        if request is None:
            self._fill_clouds()
            return
        model, bundle = request
        ends = _ends(model.document)
        self._measures = replace(self._measures, **_known(floors(*ends)))
        found = measure(model, bundle)
        newest = self._model
        if newest is not None and _ends(newest.document) == ends:
            self._measures = found

    def _fill_clouds(self) -> None:
        while True:
            with self._lock:
                if not self._wanted_clouds:
                    return
                key = next(iter(self._wanted_clouds))
                shape, n = self._wanted_clouds.pop(key)
            self._fill_cloud(key, shape, n)

    def _fill_cloud(self, key: str, shape: Shape, n: int) -> None:
        found = self._clouds.get(key)
        if found is not None and found[0] == shape and len(found[1]) == n:
            return
        try:
            points = build(shape).sample(n, torch.Generator().manual_seed(0)).numpy()
        except Invalid:
            points = np.zeros((0, 2), np.float32)  # an empty drawing has an empty thumbnail
        points.setflags(write=False)
        self._clouds[key] = (shape, points)


def _learned(document: Document) -> tuple[object, ...]:
    """What the trainer depends on."""
    ends = document.source, document.target
    return *ends, document.path, document.coupling, document.network, document.training


def _computed(document: Document) -> tuple[object, ...]:
    """What a bundle depends on beside the weights."""
    view = document.view
    shown = view.name, view.particles, view.highlighted, view.show_raw
    return document.solver, document.seed, *shown


def _costs(document: Document) -> tuple[object, ...]:
    """What the time that a bundle takes depends on."""
    return document.network, *_computed(document)


def _ends(document: Document) -> tuple[Shape, Shape]:
    return document.source, document.target


def _fixed(document: Document) -> tuple[object, ...]:
    """What tells bundles of one document from those of another."""
    return type(document.source), type(document.target), document.network


def _known(measures: Measures) -> dict[str, float]:
    return {name: value for name, value in asdict(measures).items() if value is not None}
