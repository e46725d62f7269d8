"""The plan of the view `class_guidance`: guided samples, the tilted law, and the guided score."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.drawn import shrunk, undrawn
from flowlab.core.diffusion.guidance import Guided, Strength
from flowlab.core.diffusion.guidance_figures import purity, spread
from flowlab.core.diffusion.guided_results import (
    ARROWS,
    GUIDED,
    TILTED,
    GuidedRun,
    ScoreParts,
    Shape,
)
from flowlab.core.diffusion.lattice import axes_around, on_lattice, some_of
from flowlab.core.diffusion.leading import Leader, branches, label_shown, must_learn
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.models import schedule_of
from flowlab.core.diffusion.plan import Model, dressed, law_of, model_for, thinned
from flowlab.core.diffusion.plan import evaluations as all_evaluations
from flowlab.core.diffusion.results import Pane
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.diffusion.settings import NONE
from flowlab.core.diffusion.tilted import CELLS, tilted_shape
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.core.views.cache import LruCache
from flowlab.core.views.field_frames import occupied_cells
from flowlab.core.views.marginal_samples import marginals_along
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.request import PlanOptions

_COLUMNS = 11  # cells along the longer side
_LEVELS, _SAMPLES = 25, 300  # at which arrows are known, and places over which their size is
_FEW_CELLS = 256  # along each side of the tilted law of a coarse answer


def class_guidance(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The noise led to a class; the bundle's `extra` is the `GuidedRun`.

    Pictures that can't be had are there with the reason. Raises `Cancelled`, or `Invalid` where
    none can: the source is no noise, or the target has no classes.
    """
    began = time.perf_counter()
    label = label_shown(document)
    model, note = model_for(document, field, options)
    leader = Leader.of(model)
    tilted, why_no_law = _tilted(leader, label)
    refused = {TILTED: why_no_law} if why_no_law else {}
    try:
        guided = leader.lead(label, leader.strength)
        carried = dressed(_unlabelled(model), _carried(leader, guided, label))
        panes = [Pane(kind=GUIDED, bundle=carried, marginals=tilted)]
        parts = _parts(leader, guided, label)
    except Invalid as why:
        if tilted is None:
            raise
        panes, parts = [], None
        refused |= {GUIDED: str(why), ARROWS: str(why)}
    if tilted is not None:
        panes.append(Pane(kind=TILTED, bundle=dressed(_unlabelled(model), _noised(leader, tilted))))
    settings = document.diffusion
    figures, unknown = ((), "") if options.coarse else _figures(model.document, label, panes)
    extra = GuidedRun(
        panes=tuple(panes),
        refused=tuple(refused.items()),
        parts=parts,
        schedule=schedule_of(document, leader.denoiser),
        label=label,
        gamma=settings.guidance,
        between=(settings.guided_from, settings.guided_to),
        by=settings.guided_by,
        process=settings.first,
        figures=figures,
        why_no_figures=why_no_law or unknown,
        exact=model.exact,
    )
    seconds = time.perf_counter() - began
    return replace(panes[0].bundle, extra=extra, exact_note=note, seconds=seconds)


def evaluations(document: Document) -> int:
    """How many evaluations of the network a particle takes, at most."""
    one = replace(document.diffusion, second=NONE, third=NONE, iadb_is_ddim=False)
    alone = all_evaluations(replace(document, diffusion=one))
    return alone if document.diffusion.guidance in (0.0, 1.0) else 2 * alone


def is_new(document: Document) -> bool:
    """True if a classifier must be trained; then a coarse answer should come first."""
    return must_learn(document)


_paths: LruCache[Bundle] = LruCache(6)


def _carried(leader: Leader, guided: Guided, label: int) -> Bundle:
    """The guided paths, at some of their levels."""
    model, settings = leader.model, leader.model.document.diffusion
    coarse = model.options.coarse and must_learn(model.document)
    how = settings.guided_by, leader.strength, leader.sampler, label, coarse
    return _paths.get((how, *model.key), lambda: _paths_of(leader, guided))


def _paths_of(leader: Leader, guided: Guided) -> Bundle:
    model, asked = leader.model, leader.model.options
    bundle = carried_by_diffusion(
        model.flow,
        model.document,
        model.x,
        leader.sampler,
        model.document.seed,
        guided=guided,
        workers=asked.workers,
        cancelled=asked.cancelled,
        progress=leader.progress,
    )
    return thinned(bundle, shrunk(leader.sampler.levels, leader.denoiser.data))


def _tilted(leader: Leader, label: int) -> tuple[Marginals | None, str]:
    """Noised samples of the tilted law, or why there are none."""
    document, coarse = leader.model.document, leader.model.options.coarse
    cells = _FEW_CELLS if coarse else CELLS
    try:
        law = tilted_shape(document.target, label, document.diffusion.guidance, cells)
    except Invalid as why:
        return None, str(why)
    times, rows = law_of(leader.sampler.levels, leader.denoiser)
    return marginals_along(document.source, law, times, rows, document.seed), ""


def _noised(leader: Leader, tilted: Marginals) -> Bundle:
    """Samples of the tilted law with the noise of each level, as many as are carried."""
    times = np.array(leader.sampler.levels.times, np.float32)
    bundle = Bundle(times=times, points=np.zeros((len(times), 0, 2), np.float32), method=TILTED)
    times, n = thinned(bundle).times, len(leader.model.x)
    points = np.stack([tilted.at(float(t), n)[0] for t in times])
    return replace(bundle, times=times, points=points)


def _unlabelled(model: Model) -> Model:
    """The model with particles whose class is where they end."""
    return replace(model, labels=None, classes=())


def _figures(
    document: Document, label: int, panes: list[Pane]
) -> tuple[tuple[tuple[str, Shape], ...], str]:
    """Purity and spread of each picture's particles at the data's end, or why they are unknown."""
    known = []
    for pane in panes:
        points = torch.from_numpy(np.array(pane.bundle.at(1.0)))
        if not bool(points.isfinite().all()) or len(points) < 2:
            continue
        try:
            share = purity(points, document, label)
        except Invalid as why:
            return (), str(why)
        known.append((pane.kind, Shape(purity=share, spread=spread(points))))
    return tuple(known), ""


_scores: LruCache[tuple[FieldFrames, FieldFrames, np.ndarray]] = LruCache(4)


def _parts(leader: Leader, guided: Guided, label: int) -> ScoreParts:
    """The arrows; those of the class and of all are the same for every gamma."""
    model, settings = leader.model, leader.model.document.diffusion
    levels = settings.T, settings.schedule, settings.kind, settings.standardise
    flow, ends, path, seed, _, _ = model.key
    key = flow, ends, path, seed, levels, settings.guided_by, label, model.options.coarse
    one, every, sizes = _scores.get(key, lambda: _both(leader, guided))
    gamma = np.array([_gamma_at(leader.model.document, float(t)) for t in one.times])
    values = gamma[:, None, None, None] * one.values
    values = (values + (1 - gamma)[:, None, None, None] * every.values).astype(np.float32)
    own, cross, other = sizes.T
    mixed = gamma**2 * own + 2 * gamma * (1 - gamma) * cross + (1 - gamma) ** 2 * other
    return ScoreParts(
        conditional=one,
        unconditional=every,
        guided=replace(one, values=values),
        size=np.sqrt(np.maximum(np.maximum(own, other), np.maximum(mixed, 0.0))),
    )


def _gamma_at(document: Document, t: float) -> float:
    settings = document.diffusion
    strength = Strength(settings.guidance, (settings.guided_from, settings.guided_to))
    return float(strength.at(t))


def _both(leader: Leader, guided: Guided) -> tuple[FieldFrames, FieldFrames, np.ndarray]:
    """The scores of the class and of all where noised data are, and their mean squares (T, 3).

    The latter are of the first, of the product of both, and of the second, over noised data.
    """
    document, denoiser = leader.model.document, leader.denoiser
    every = replace(leader.sampler, steps=None).levels
    times, rows = law_of(every, denoiser)
    samples = marginals_along(document.source, document.target, times, rows, document.seed)
    levels = some_of(every, _LEVELS)
    clouds = [samples.at(t)[0] for t in levels.times]
    xs, ys = axes_around(np.concatenate(clouds), _COLUMNS)
    masks = np.stack([occupied_cells(cloud, xs, ys) for cloud in clouds])
    centres = np.stack(np.meshgrid(xs, ys), -1)
    drawn = [
        torch.from_numpy(np.concatenate([centres[mask], cloud[:_SAMPLES]]))
        for mask, cloud in zip(masks, clouds, strict=True)
    ]
    places = undrawn(denoiser, levels, drawn)
    fields = [replace(denoiser, field=each) for each in branches(guided)]
    scores = [
        [_score(field, levels, k, x, leader.model.options) for k, x in enumerate(places)]
        for field in fields
    ]
    counts = masks.sum((1, 2))
    ts = np.array(levels.times, np.float32)
    one, other = (
        FieldFrames(
            times=ts,
            xs=xs,
            ys=ys,
            values=on_lattice(masks, [s[:n] for s, n in zip(each, counts, strict=True)]),
        )
        for each in scores
    )
    over = [(a[n:], b[n:]) for a, b, n in zip(*scores, counts, strict=True)]
    sizes = [[_mean(a, a), _mean(a, b), _mean(b, b)] for a, b in over]
    return one, other, np.array(sizes)


def _score(
    denoiser: Denoiser, levels: Levels, k: int, x: torch.Tensor, options: PlanOptions
) -> np.ndarray:
    """The score (n, 2) at the k-th of the levels."""
    stop_if(options.cancelled)
    score = denoiser.faces(x, float(levels.signal[k]), float(levels.noise[k])).score
    known: np.ndarray = score.float().cpu().numpy()
    return known


def _mean(a: np.ndarray, b: np.ndarray) -> float:
    """The mean product of vectors (n, 2)."""
    return float((a.astype(np.float64) * b).sum(1).mean())
