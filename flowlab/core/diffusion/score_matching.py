"""The plan of the view `learned_scores`: one score learned in several ways, side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.diffusion.energy import LearnedEnergy, energy_of, normalised
from flowlab.core.diffusion.exact_scores import DECADE, ExactScores, exact_scores, grid_of
from flowlab.core.diffusion.score_network import LearnedScore, curl
from flowlab.core.diffusion.score_results import ENERGY, WAYS, EnergyDensity, FittedScore, ScoreFits
from flowlab.core.diffusion.score_training import Learned, ScoreTask, learn
from flowlab.core.diffusion.smoothed import Score
from flowlab.core.document.document import Document
from flowlab.core.estimates import mean_estimate, root_estimate
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.progress import part_of
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

QUICK = 96  # steps of a first quick answer
_CURLED = 400  # of the samples, over which curls are averaged
_BLOCKS = 60  # of a curve of losses, at most
_LATE = 0.2  # share of the steps whose mean loss is told
_COSTS = {"implicit": 4, "sliced": 4, "denoising": 1, "conditioned": 1, ENERGY: 4}


_exact: LruCache[ExactScores] = LruCache(4)
_learned: LruCache[Learned] = LruCache(12)  # those that an edit of another way leaves as they are
_fits: LruCache[FittedScore] = LruCache(12)
_densities: LruCache[EnergyDensity] = LruCache(3)


def score_matching(document: Document, _field: Field, options: PlanOptions) -> Bundle:
    """Scores learned in all `WAYS` from noised data; the bundle's `extra` is the `ScoreFits`.

    The field has no part in it, and the bundle no particles. Raises `Cancelled`, or `Invalid` where
    training diverges or the document's activation has kinks.
    """
    began = time.perf_counter()
    steps = document.diffusion.score_steps
    if options.coarse and is_new(document):
        steps = min(steps, QUICK)
    exact = _exact.get(_ends(document), partial(exact_scores, document, options.cancelled))
    trained = _trained(document, exact, steps, options)
    fits = {
        name: _fits.get(_key(document, name, steps), partial(_fitted, exact, name, found, options))
        for name, found in trained.items()
    }
    energy = _densities.get(
        _key(document, ENERGY, steps), partial(_density, exact, trained[ENERGY], options)
    )
    done = [k for k, _ in trained[ENERGY].history]
    sigma = exact.reference.sigma
    extra = ScoreFits(
        sigma=sigma,
        sigmas=(sigma, DECADE * sigma),
        steps=steps,
        times=np.array(done) / steps,
        xs=exact.xs,
        ys=exact.ys,
        density=exact.density,
        places=exact.places.float().numpy(),
        spacing=exact.spacing,
        exact=exact.arrows.float().numpy(),
        size=float(exact.reference.truth.square().sum(1).mean().sqrt()),
        fits=fits,
        energy=energy,
    )
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=extra,
        seconds=time.perf_counter() - began,
        **ends_of(document, options),
    )


def is_new(document: Document) -> bool:
    """True if networks are still to be trained; then a coarse answer should come first."""
    steps = document.diffusion.score_steps
    return any(_key(document, name, steps) not in _learned for name in WAYS)


def _ends(document: Document) -> tuple[object, ...]:
    return document.target, document.diffusion.score_sigma, document.seed


def _key(document: Document, name: str, steps: int) -> tuple[object, ...]:
    return name, steps, document.network, *_ends(document)


def _trained(
    document: Document, exact: ExactScores, steps: int, options: PlanOptions
) -> dict[str, Learned]:
    sigma = exact.reference.sigma
    task = ScoreTask(
        target=exact.smoothed.target,
        sigma=sigma,
        sigmas=(sigma, DECADE * sigma),
        network=document.network,
        steps=steps,
        seed=document.seed,
    )
    found: dict[str, Learned] = {}
    for name in WAYS:
        tell = _share(options.progress, tuple(found), name)
        made = partial(learn, task, name, cancelled=options.cancelled, progress=tell)
        found[name] = _learned.get(_key(document, name, steps), made)
    return found


def _share(
    tell: Callable[[float], None] | None, before: tuple[str, ...], name: str
) -> Callable[[float], None] | None:
    """What is told the share of one training, and tells that of all."""
    done, every = sum(_COSTS[each] for each in before), sum(_COSTS.values())
    return part_of(tell, done / every, _COSTS[name] / every)


def _score(found: Learned, name: str, k: int) -> Score:
    net = found.history[k][1]
    return energy_of(found, net).score if name == ENERGY else LearnedScore(net, found.scaling)


def _fitted(exact: ExactScores, name: str, found: Learned, options: PlanOptions) -> FittedScore:
    sigma, reference = exact.reference.sigma, exact.reference
    arrows, errors, relative = [], [], []
    for k in range(len(found.history)):
        stop_if(options.cancelled)
        score = _score(found, name, k)
        with torch.no_grad():
            arrows.append(score(exact.places, sigma).float().cpu().numpy())
            away = (score(exact.cells, sigma).cpu().double() - exact.cell_scores).norm(dim=1)
        errors.append(exact.on_cells(away.float().numpy()))
        relative.append(reference.error(score).relative)
    last = _score(found, name, -1)
    turned = curl(last, reference.x[:_CURLED], sigma)
    at, losses = _blocks(found.losses)
    return FittedScore(
        arrows=np.stack(arrows),
        error=np.stack(errors),
        relative=tuple(relative),
        curl=root_estimate(mean_estimate(turned.detach().square().cpu().numpy())),
        at=at,
        losses=losses,
        late=mean_estimate(found.losses[-max(2, int(_LATE * len(found.losses))) :]),
        least=exact.least_loss(name),
    )


def _blocks(losses: Floats) -> tuple[Doubles, Doubles]:
    """The middle steps of at most `_BLOCKS` blocks of steps, and their mean losses."""
    parts = np.array_split(losses.astype(np.float64), min(_BLOCKS, len(losses)))
    ends = np.cumsum([len(part) for part in parts])
    middles = ends - np.array([len(part) for part in parts]) / 2
    return middles, np.array([part.mean() for part in parts])


def _density(exact: ExactScores, found: Learned, options: PlanOptions) -> EnergyDensity:
    sigma, maps = exact.reference.sigma, []
    grid = grid_of(exact.xs, exact.ys)
    for _, net in found.history:
        stop_if(options.cancelled)
        energy = energy_of(found, net)
        known = normalised(energy, sigma, _nodes(energy, sigma))
        with torch.no_grad():
            logs = energy(grid, sigma).cpu().double() - known.log_z
        maps.append(logs.exp().float().numpy().reshape(exact.density.shape))
    x, y = np.meshgrid(known.xs, known.ys)
    places = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
    truth = exact.smoothed.log_density(places, sigma).exp().nan_to_num(0.0).numpy()
    smaller = np.minimum(truth.reshape(known.density.shape), known.density)
    cell = (known.xs[1] - known.xs[0]) * (known.ys[1] - known.ys[0])
    return EnergyDensity(
        maps=np.stack(maps),
        log_z=known.log_z,
        z_error=known.error,
        overlap=float(smaller.sum() * cell),
    )


def _nodes(energy: LearnedEnergy, sigma: float) -> int:
    """Cells a side of a grid for Z that are somewhat smaller than sigma."""
    spread = math.hypot(energy.scaling.deviation, sigma)
    return int(min(max(18 * spread / sigma, 48), 256))
