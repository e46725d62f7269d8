"""The plan of the view `samplers`: the same noise carried to the data by several samplers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.drawn import shrunk, weights
from flowlab.core.diffusion.iadb import iadb
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.models import levels_for, same_steps, sampler_for, schedule_of
from flowlab.core.diffusion.results import TWIN, Denoising, Pane, Twin
from flowlab.core.diffusion.sampling import carried_by_diffusion, model_of
from flowlab.core.diffusion.settings import DDPM, IADB, ODE, SDE
from flowlab.core.diffusion.steps import carry, noise_for
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import why_no_diffusion
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.marginal_samples import marginals_along
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_alone, ends_of, start_of

_COARSE = 250  # particles of a first quick answer, and while a setting is dragged
_KEPT = 100  # steps of a path that are drawn at most


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """A document's flow, where its particles start, and who asked."""

    document: Document
    flow: Field
    exact: bool
    x: Tensor  # (n, 2)
    labels: Ints | None  # (n,)
    classes: tuple[int, ...]
    options: PlanOptions

    @property
    def condition(self) -> Tensor | None:
        """The classes (n,) that a conditional network is told."""
        told = self.classes and self.labels is not None
        return torch.from_numpy(self.labels) if told else None

    @property
    def key(self) -> tuple[object, ...]:
        """All but the settings of samplers that the paths depend on."""
        document = self.document
        flow = (document.path, "exact") if self.exact else self.flow  # made anew for each request
        ends = document.source, document.target
        return flow, ends, document.path, document.seed, len(self.x), bool(self.classes)


def model_for(document: Document, field: Field, options: PlanOptions) -> tuple[Model, str]:
    """The flow that carries the particles, and a note on the exact one.

    Raises `Invalid` where the source isn't the noise of a diffusion model.
    """
    if why := why_no_diffusion(document):
        raise Invalid(why)
    flow, exact, note = flow_shown(document, field)
    classes = () if exact else classes_of(field)
    forward = replace(document, solver=replace(document.solver, direction="forward"))
    x, labels = start_of(forward, options, bool(classes))
    if options.coarse:
        few = options.few or _COARSE
        x, labels = x[:few], None if labels is None else labels[:few]
    made = Model(document=forward, flow=flow, exact=exact, x=x, labels=labels, classes=classes,
                 options=options)  # fmt: skip
    return made, note


def denoising(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The noise by the chosen samplers; its `extra` is the `Denoising`.

    Samplers that can't be had are there with the reason. Raises `Cancelled`.
    """
    began = time.perf_counter()
    if why := why_no_diffusion(document):
        return nothing(document, options, dict.fromkeys(document.diffusion.processes, why))
    model, note = model_for(document, field, options)
    known = model_of(model.flow, model.document, sampler_for(document.diffusion, DDPM))
    refused: dict[str, str] = {}
    panes = [
        replace(pane, bundle=dressed(model, pane.bundle)) for pane in _panes(model, known, refused)
    ]
    if not panes:
        return nothing(document, options, refused)
    extra = Denoising(
        panes=tuple(panes),
        schedule=schedule_of(document, known),
        exact=model.exact,
        refused=tuple(refused.items()),
    )
    seconds = time.perf_counter() - began
    return replace(panes[0].bundle, extra=extra, exact_note=note, seconds=seconds)


def nothing(document: Document, options: PlanOptions, refused: dict[str, str]) -> Bundle:
    """Both ends, and why each of the processes can't be had."""
    ends = ends_alone(document, options.revision)
    return replace(ends, extra=Denoising(panes=(), refused=tuple(refused.items())))


def evaluations(document: Document) -> int:
    """How many evaluations of the network a particle of all pictures takes."""
    settings = document.diffusion
    each = {ODE: 2 if settings.ode_predictor == "heun" else 1, SDE: 1 + settings.corrector}
    chosen = sum(each.get(process, 1) for process in settings.processes)
    return settings.visited * (chosen + 2 * settings.iadb_is_ddim)


def _panes(model: Model, known: Denoiser, refused: dict[str, str]) -> Iterator[Pane]:
    """All pictures; why a sampler can't be had is noted in `refused`."""
    settings, asked = model.document.diffusion, model.options
    kinds = [*settings.processes, *([TWIN] if settings.iadb_is_ddim else [])]
    for k, kind in enumerate(kinds):
        tell = share_of(asked.progress, k, len(kinds))
        told = replace(model, options=replace(asked, progress=tell))
        try:
            bundle = twins(told) if kind == TWIN else carried(told, kind)
        except Invalid as why:
            refused[kind] = str(why)
            continue
        marginals = None if asked.coarse else marginals_for(told, kind, known)
        yield Pane(kind=kind, bundle=bundle, marginals=marginals)


def share_of(
    tell: Callable[[float], None] | None, k: int, parts: int
) -> Callable[[float], None] | None:
    """What is told the share of the k-th of so many parts that is done."""
    return None if tell is None else lambda share: tell((k + share) / parts)


_paths: LruCache[Bundle] = LruCache(12)  # those that an edit of another sampler leaves as they are


def carried(model: Model, process: str) -> Bundle:
    """The paths by a process, at `_KEPT` or so of its levels."""
    settings = model.document.diffusion
    how = "iadb" if process == IADB else sampler_for(settings, process)
    key = how, settings.T, settings.visited, *model.key
    return _paths.get(key, lambda: _carried(model, process))


def _carried(model: Model, process: str) -> Bundle:
    asked, document = model.options, model.document
    how: dict[str, Any] = {
        "condition": model.condition,
        "workers": asked.workers,
        "cancelled": asked.cancelled,
        "progress": asked.progress,
    }
    if process == IADB:
        return _blended(model, how)
    sampler = sampler_for(document.diffusion, process)
    bundle = carried_by_diffusion(model.flow, document, model.x, sampler, document.seed, **how)
    known = model_of(model.flow, document, sampler)
    return thinned(bundle, shrunk(sampler.levels, known.data))


def _blended(model: Model, how: dict[str, Any]) -> Bundle:
    """The paths of IADB."""
    denoiser = denoiser_of(model.flow, model.document)
    steps = iadb(denoiser, levels_for(model.document.diffusion, IADB))
    none = noise_for(len(model.x), len(steps), model.document.seed)  # times 0
    run = carry(model.flow, [steps], model.x, none, **how)
    bundle = Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().cpu().contiguous().numpy(),
        method=IADB,
        evaluations=run.evaluations,
    )
    return thinned(bundle)


def twins(model: Model) -> Bundle:
    """IADB's particles, and those of DDIM with eta 0 at the same levels on its `extra`."""
    own, document = carried(model, IADB), model.document
    sampler = same_steps(document.diffusion)
    other = thinned(
        carried_by_diffusion(
            model.flow, document, model.x, sampler, document.seed,
            condition=model.condition, workers=model.options.workers,
            cancelled=model.options.cancelled,
        )
    )  # fmt: skip
    apart = np.abs(np.asarray(own.points) - np.asarray(other.points)).max(initial=0.0)
    return replace(own, extra=Twin(bundle=other, apart=float(apart)))


def thinned(bundle: Bundle, factors: np.ndarray | None = None) -> Bundle:
    """The paths at some of their times, as many as a picture tells apart, drawn by `factors`."""
    steps = len(bundle.times) - 1
    at = np.linspace(0, steps, min(steps, _KEPT) + 1).round().astype(int)
    points = np.asarray(bundle.points)[at]
    if factors is not None:
        points = points * factors[at, None, None].astype(np.float32)
    return replace(bundle, times=bundle.times[at], points=points)


def dressed(model: Model, bundle: Bundle) -> Bundle:
    """The bundle with its classes and both ends."""
    ends = ends_of(model.document, model.options)
    labels = model.labels if bundle.labels is None else bundle.labels
    made = replace(bundle, labels=labels, classes=model.classes, **ends)
    return replace(made, arrivals=arrivals_of(model.document, made))


def marginals_for(model: Model, kind: str, known: Denoiser) -> Marginals:
    """Samples of a picture's own exact p_t."""
    document = model.document
    blends = kind in (IADB, TWIN)
    levels = levels_for(document.diffusion, IADB if blends else DDPM)
    times, rows = law_of(levels, denoiser_of(model.flow, document) if blends else known)
    ends, key = (document.source, document.target), (times.tobytes(), rows.tobytes())
    return _marginals.get(
        (*ends, document.seed, *key), lambda: marginals_along(*ends, times, rows, document.seed)
    )


_marginals: LruCache[Marginals] = LruCache(4)


def law_of(levels: Levels, denoiser: Denoiser) -> tuple[np.ndarray, np.ndarray]:
    """Times (K + 1,), and what noise and data are multiplied by there, as drawn, (2, K + 1)."""
    rows = weights(levels, denoiser.data) * shrunk(levels, denoiser.data)
    return np.array(levels.times), rows
