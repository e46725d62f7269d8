"""The plan of the view `reflected_sampling`: from the uniform law to the data between walls.

The reverse SDE, the same with less noise, and the probability-flow ODE, from the same starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, numpy_rng, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.metrics.distances import energy_distance, sliced_w2
from flowlab.core.reflected.exact import is_new as score_is_new
from flowlab.core.reflected.results import Fresh, Sampled, Sampling
from flowlab.core.reflected.reverse import Carrier, Noise, Reverse
from flowlab.core.reflected.scores import learned_shown, needs_exact, score_shown
from flowlab.core.reflected.starts import check_memory
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

Pane = TypeVar("Pane", bound=Sampled)

_COARSE = 250  # particles of a first quick answer
MEASURED = 5000  # particles whose distances to the target are measured
SDE, ANNEALED, FLOW = "sde", "annealed", "flow"


def sampling(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """Uniform particles carried to the target by the learned or the exact score, in three ways.

    Returns those of the reverse SDE, with the `Sampling` as their `extra`. Raises `Cancelled`, or
    `Invalid` for walls that can't be, or a target outside.
    """
    began = time.perf_counter()
    domain = walls_of(document.reflected)
    check_inside(document)
    learned = learned_shown(document, network)
    x = starts_of(document, domain, options)
    check_memory(len(x), max(document.reflected.reverse_steps, document.reflected.flow_steps), 3)
    ends = ends_of(document, options)
    rough = options.coarse and learned is None and is_new(document)
    panes = [
        pane_of(document, domain, learned, kind, x, options, ends, tell, rough=rough)
        for kind, tell in zip(_KINDS, _shares(options.progress, len(_KINDS)), strict=True)
    ]
    fresh = None if options.coarse else fresh_of(document.target, domain, document.seed, len(x))
    extra = Sampling(
        panes=tuple(pane if fresh is None else measured(pane, fresh) for pane in panes),
        fresh=fresh,
        blur=document.reflected.sigma_min * domain.size,
        bounds=domain.bounds,
        exact=learned is None,
        rough=rough,
    )
    return replace(panes[0].bundle, extra=extra, seconds=time.perf_counter() - began)


_KINDS = (SDE, ANNEALED, FLOW)


def is_new(document: Document) -> bool:
    """True if an exact score is shown that isn't cached; then a coarse answer should come first."""
    steps = document.reflected.reverse_steps, document.reflected.flow_steps
    return needs_exact(document) and any(score_is_new(document, n) for n in steps)


def evaluations(document: Document) -> int:
    """How many scores a particle takes in all pictures."""
    s = document.reflected
    return 2 * s.reverse_steps * (1 + s.corrections) + s.flow_steps


def starts_of(document: Document, domain: Domain, options: PlanOptions) -> Doubles:
    """Uniform starts (n, 2) between the walls, of a coarse answer the first ones."""
    n = options.particles or document.view.particles
    x = uniform_starts(document, domain, n)
    return x[: options.few or _COARSE] if options.coarse else x


def uniform_starts(document: Document, domain: Domain, n: int) -> Doubles:
    """Uniform points (n, 2) between the walls."""
    starts: Doubles = domain.uniform(n, torch_rng(document.seed, Stream.REVERSE_STARTS)).numpy()
    return starts


def how_of(document: Document, kind: str) -> Reverse:
    """How the particles of one picture are carried."""
    s = document.reflected
    if kind == FLOW:
        return Reverse(annealed=0.0, guard=s.guard, denoise=s.denoise)
    share = 1.0 if kind == SDE else s.annealed
    return Reverse(
        annealed=share, guard=s.guard, corrections=s.corrections, snr=s.snr, denoise=s.denoise
    )


def pane_of(
    document: Document,
    domain: Domain,
    learned: LearnedWallScore | None,
    kind: str,
    x: Doubles,
    options: PlanOptions,
    ends: object,
    tell: Callable[[float], None] | None = None,
    label: int | None = None,
    *,
    rough: bool = False,
) -> Sampled:
    """The particles x (n, 2) carried to the data by one process; see `score_shown`."""
    settings = document.reflected
    steps = settings.flow_steps if kind == FLOW else settings.reverse_steps
    variances = total_variance(settings, domain.size, np.linspace(1.0, 0.0, steps + 1))
    score = score_shown(document, learned, steps, label, rough=rough)
    noise = noise_of(document.seed, len(x))
    carrier = Carrier(domain, score, variances, how_of(document, kind), noise)
    points = carrier.points(x, options.cancelled, tell)
    bundle = Bundle(
        times=np.linspace(0.0, 1.0, steps + 1, dtype=np.float32),
        points=points,
        method=kind,
        evaluations=carrier.evaluations,
        **ends,  # type: ignore[arg-type]
    )
    moves = max(1, steps * len(x))
    left, stopped = carrier.left / moves, carrier.stopped
    return Sampled(kind=kind, bundle=bundle, left=left, stopped=stopped)


def carried_back(
    document: Document,
    kind: str,
    n: int,
    label: int | None = None,
    learned: LearnedWallScore | None = None,
) -> Bundle:
    """n uniform particles carried to the target, or one class of it, by one process.

    By the learned score if one is given.
    """
    domain = walls_of(document.reflected)
    check_memory(n, max(document.reflected.reverse_steps, document.reflected.flow_steps))
    x, options = uniform_starts(document, domain, n), PlanOptions()
    return pane_of(document, domain, learned, kind, x, options, {}, label=label).bundle


def noise_of(seed: int, n: int) -> Noise:
    """Standard normal numbers (n, 2) of each step and draw; the first ones don't depend on n."""
    return lambda k, draw: numpy_rng(seed, Stream.REVERSE_NOISE, k, draw).standard_normal((n, 2))


def _shares(tell: Callable[[float], None] | None, parts: int) -> Iterator[Callable[[float], None]]:
    for k in range(parts):
        yield lambda share, k=k: None if tell is None else tell((k + share) / parts)  # type: ignore[misc]


def measured(pane: Pane, fresh: Fresh) -> Pane:
    """The pane with the distances of its particles at t = 1 to fresh samples of the target."""
    cloud = torch.from_numpy(np.array(pane.bundle.points[-1][: fresh.count]))
    reference = torch.from_numpy(fresh.reference)
    return replace(pane, w2=sliced_w2(cloud, reference), energy=energy_distance(cloud, reference))


@lru_cache(maxsize=8)
def fresh_of(target: Shape, domain: Domain, seed: int, n: int) -> Fresh:
    """As many samples of the target between the walls, and how far other such samples are."""
    n = min(n, MEASURED)
    reference, other = (
        _drawn(target, domain, n, seed, stream)
        for stream in (Stream.WALL_REFERENCE, Stream.WALL_FLOOR)
    )
    return Fresh(
        reference=reference.numpy(),
        w2=sliced_w2(other, reference),
        energy=energy_distance(other, reference),
    )


def _drawn(target: Shape, domain: Domain, n: int, seed: int, stream: Stream) -> Tensor:
    return drawn_inside(build(target), domain, n, torch_rng(seed, stream))[0].float()
