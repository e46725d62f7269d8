"""The plan of the view `memorisation`: samples of a few points' own exact field, and of another."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from flowlab.core.array_types import Bools, Doubles, Floats, Ints
from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.drawn import undrawn
from flowlab.core.diffusion.faces import at_all_levels, denoised_in_plane
from flowlab.core.diffusion.lattice import axes_around, on_lattice, some_of
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.memorisation import (
    is_bare_points,
    memorised,
    on_few_points,
    training_points,
)
from flowlab.core.diffusion.memorisation_results import EMPIRICAL, LEARNED, Memories, MemoryPane
from flowlab.core.diffusion.models import sampler_for, schedule_of
from flowlab.core.diffusion.plan import Model, carried, dressed, law_of, model_for, share_of
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import DDIM, DDPM
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Points
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.learning.conditioning import one_class_at_a_time
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.core.views.cache import LruCache
from flowlab.core.views.field_frames import occupied_cells
from flowlab.core.views.marginal_samples import marginals_along
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_COLUMNS, _TIMES = 24, 17  # of the lattice of arrows
_WORK = 4e8  # distances from particles to training points that may be computed
_FEWEST = 200  # particles


@one_class_at_a_time
def memorising(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Samples by DDIM without noise of both models; the bundle's `extra` is the `Memories`.

    Raises `Cancelled`, or `Invalid` where the source isn't the noise of a diffusion model.
    """
    began = time.perf_counter()
    document = _without_noise(document)
    model, note = model_for(document, field, options)
    count = document.diffusion.training_points
    points = training_points(document, count)
    model = replace(model, x=model.x[: _particles(document, len(points))], labels=None)
    places = _places.get(_key(document), partial(_placed, document, model))
    panes = tuple(
        _pane(each, kind, document, places, k)
        for k, (kind, each) in enumerate(_models(model, count).items())
    )
    extra = Memories(
        panes=panes,  # type: ignore[arg-type]  # there are two
        points=points.astype(np.float32),
        labels=_labels(document, count),
        size=_sizes(panes[1].arrows),
        schedule=schedule_of(document, _denoiser(model)),
        exact=model.exact,
        trained_on_these=is_bare_points(document.target) and _has_all(document, len(points)),
        bare=is_bare_points(document.target),
    )
    seconds = time.perf_counter() - began
    return replace(panes[0].bundle, extra=extra, exact_note=note, seconds=seconds)


def is_new(document: Document) -> bool:
    """True if the field of these points isn't cached; then a coarse answer should come first."""
    document = _without_noise(document)
    return (*_key(document), document.diffusion.training_points) not in _arrows


def evaluations(document: Document) -> int:
    """How many evaluations of the network a particle takes."""
    return document.diffusion.visited


def _without_noise(document: Document) -> Document:
    settings = replace(document.diffusion, eta=0.0, clamp=False)
    return replace(document, diffusion=settings)


def _particles(document: Document, count: int) -> int:
    """As many as the field of so many points carries in a few seconds."""
    return max(_FEWEST, int(_WORK / (count * document.diffusion.visited)))


def _has_all(document: Document, count: int) -> bool:
    """True if these are all points of a target of bare points."""
    cloud = build(document.target).cloud()
    return cloud is not None and len(cloud[0]) == count


def _labels(document: Document, count: int) -> Ints | None:
    """The classes (n,) of the training points, if they have any."""
    few = on_few_points(document, count).target
    assert isinstance(few, Points)
    return None if few.labels is None else np.asarray(few.labels.values)


def _models(model: Model, count: int) -> dict[str, Model]:
    """The exact field of the training points, and the one that is shown otherwise."""
    few = on_few_points(model.document, count)
    oracle = oracle_for(few)
    assert oracle is not None
    empirical = replace(model, document=few, flow=extended_field(oracle), exact=True, classes=())
    return {EMPIRICAL: empirical, LEARNED: model}


def _denoiser(model: Model) -> Denoiser:
    return model_of(model.flow, model.document, sampler_for(model.document.diffusion, DDPM))


def _pane(model: Model, kind: str, document: Document, places: _Places, k: int) -> MemoryPane:
    asked, count = model.options, document.diffusion.training_points
    told = replace(model, options=replace(asked, progress=share_of(asked.progress, k, 2)))
    bundle = dressed(told, carried(told, DDIM))
    made = partial(_pointing, model, places)
    keep = (*_key(document), count) if kind == EMPIRICAL else (*_key(document), model.key)
    return MemoryPane(
        kind=kind,
        bundle=replace(bundle, **ends_of(document, asked)),
        arrows=_arrows.get(keep, made),
        measured=memorised(_arrived(bundle), document, count),
    )


def _arrived(bundle: Bundle) -> Floats:
    """The particles (n, 2) at t = 1 that weren't lost."""
    ends = bundle.at(1.0)
    known: Floats = ends[np.isfinite(ends).all(1)]
    return known


@dataclass(frozen=True, eq=False)
class _Places:
    """Where fields are shown: cells where noised data are, at some of the levels."""

    levels: Levels
    xs: Floats
    ys: Floats
    masks: Bools  # (T, H, W)


_places: LruCache[_Places] = LruCache(4)
_arrows: LruCache[FieldFrames] = LruCache(8)


def _key(document: Document) -> tuple[object, ...]:
    known = document.diffusion
    sigmas = known.ve_least, known.ve_most
    levels = known.T, known.schedule, known.kind, known.standardise, sigmas
    return document.source, document.target, document.path, document.seed, levels


def _placed(document: Document, model: Model) -> _Places:
    every = at_all_levels(document)
    levels = sampler_for(every.diffusion, DDPM).levels
    times, rows = law_of(levels, _denoiser(model))
    samples = marginals_along(document.source, document.target, times, rows, document.seed)
    some = some_of(levels, _TIMES)
    clouds = [samples.at(t)[0] for t in some.times]
    xs, ys = axes_around(np.concatenate(clouds), _COLUMNS)
    return _Places(some, xs, ys, np.stack([occupied_cells(cloud, xs, ys) for cloud in clouds]))


def _pointing(model: Model, places: _Places) -> FieldFrames:
    """Arrows from the cells to the points that the model expects there."""
    denoiser, levels = _denoiser(model), places.levels
    centres = [np.stack(np.meshgrid(places.xs, places.ys), -1)[mask] for mask in places.masks]
    points = undrawn(denoiser, levels, [torch.from_numpy(each) for each in centres])
    rows = []
    for k, (x, drawn) in enumerate(zip(points, centres, strict=True)):
        stop_if(model.options.cancelled)
        values = denoiser.faces(x, float(levels.signal[k]), float(levels.noise[k]))
        rows.append(denoised_in_plane(denoiser, values.denoised) - drawn)
    return FieldFrames(
        times=np.array(levels.times, np.float32),
        xs=places.xs,
        ys=places.ys,
        values=on_lattice(places.masks, rows),
    )


def _sizes(arrows: FieldFrames) -> Doubles:
    """The root mean square length (T,) of arrows at each time."""
    squares = np.square(arrows.values.astype(np.float64)).sum(-1)
    sizes: Doubles = np.sqrt(np.nanmean(squares, axis=(1, 2)))
    return sizes
