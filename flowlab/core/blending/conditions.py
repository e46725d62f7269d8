"""The plan of the view `conditions`: reference points of one class, and generations for it.

The figure of conditional models in the article on iterative alpha-deblending: input, reference,
generation 1, generation 2 ... Here the input is a class, the reference points of the target of
that class, and each generation particles that the network has carried there from other noise.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.blending.generations import Generations, Panel
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import classes_of, nearest_class, why_no_condition
from flowlab.core.document.document import Coupling, Document, Path, Solver
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import EvaluationSet, extended_field, oracle_for, reference, why_none
from flowlab.core.learning.conditioning import cloud_of_class, of_class, sample_class
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.field import classes_of as told_apart
from flowlab.core.metrics import NoiseFloor, class_accuracy, sliced_w2
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import Ends, ends_of

GENERATIONS = 3
_COARSE = 400  # particles of each, in a first quick answer
_KNOWN = 4000  # target points among which the nearest is looked up
_POINTS, _PROJECTIONS, _PAIRS = 2000, 64, 6  # behind a distance and its floor
_ERROR = 2000  # points that the velocity's error is of
_NOT_TOLD = (
    "The network is not told the class, so it makes all of them: switch Conditional network on, "
    "and train."
)


def conditions(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Generations for the view's class from the seeds s, s + 1, s + 2, beside the target's points.

    Where the exact flow is shown, it carries them in the network's place. The bundle is that of
    the first generation, with `generations`. Raises `Cancelled`, or `Invalid` for a target without
    classes.
    """
    known = told_apart(field) or classes_of(document.target)
    if not known:
        raise Invalid(why_no_condition(document))
    k = nearest_class(known, document.view.condition)
    flow, exact, truth = _flow(document, field, k)
    n = max(1, (options.particles or document.view.particles) // GENERATIONS)
    n = min(n, _COARSE) if options.coarse else n
    least, fresh = (
        _floor(document.target, k, min(n, _POINTS)),
        _accuracy(document.target, k, document.seed),
    )
    began = time.perf_counter()  # the next bundle will not take what is kept
    ends = ends_of(document, options)
    runs = [_carried(document, flow, n, g, options) for g in range(GENERATIONS)]
    bundles = [replace(run, classes=known, labels=np.full(n, k), **ends) for run in runs]
    made = Generations(
        condition=k,
        classes=known,
        panels=(_reference(document, ends, known, k, n), *_judged(document, bundles, k)),
        told=bool(told_apart(field)),
        exact=exact,
        accuracy=fresh,
        floor=least.mean,
        spread=least.spread,
        error=None if options.coarse else _error(document, field, k),
        note="" if told_apart(field) or exact else _NOT_TOLD,
    )
    return replace(
        bundles[0],
        extra=made,
        exact_note=truth,
        seconds=time.perf_counter() - began,
    )


def _flow(document: Document, field: Field, k: int) -> tuple[Field, bool, str]:
    """What carries the particles, whether that is exact, and how or why that is not known."""
    learned = field.for_class(k) if isinstance(field, LearnedVelocity) and field.classes else field
    if document.view.shows != "exact":
        return learned, False, ""
    one = of_class(document, k)
    oracle = None if one is None else oracle_for(one)
    if oracle is None:
        why = why_none(document) or "No exact flow is known of this class alone."
        return learned, False, why
    return extended_field(oracle), True, oracle.facts.note


def _carried(
    document: Document, flow: Field, n: int, generation: int, options: PlanOptions
) -> Bundle:
    """One generation: n points of the source, of a seed of their own, carried to the target."""
    rng = torch_rng(document.seed + generation, Stream.GENERATIONS)
    x = build(document.source).sample(n, rng)
    solver: Solver = replace(document.solver, direction="forward")
    return carried(flow, x, solver, cancelled=options.cancelled, workers=options.workers)


def _reference(document: Document, ends: Ends, known: tuple[int, ...], k: int, n: int) -> Panel:
    """Points of the target of class `k`, which stay where they are."""
    cloud = cloud_of_class(document.target, k, n, document.seed)
    still = Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.stack([cloud, cloud]),
        labels=np.full(n, k),
        classes=known,
        **ends,
    )
    return Panel(title="Reference", bundle=still)


def _judged(document: Document, bundles: list[Bundle], k: int) -> list[Panel]:
    """The generations, each with its figures."""
    panels = []
    for g, bundle in enumerate(bundles):
        arrived = torch.from_numpy(np.array(bundle.points[-1][:_POINTS]))
        finite = bool(arrived.isfinite().all())
        panels.append(
            Panel(
                title=f"Generation {g + 1}",
                bundle=bundle,
                accuracy=_share(document.target, arrived, k, document.seed),
                distance=_distance(document.target, arrived, k) if finite else None,
            )
        )
    return panels


def _distance(target: Shape, arrived: Tensor, k: int) -> float:
    return sliced_w2(arrived, _fresh(target, k, len(arrived)), _PROJECTIONS)


def _share(target: Shape, arrived: Tensor, k: int, seed: int) -> float:
    """Share of points (n, 2) that are nearest to class `k`; those that are lost are not."""
    known, classes = _labelled(target, seed)
    found = arrived[arrived.isfinite().all(1)]
    if not len(found):
        return 0.0
    return class_accuracy(found, k, known, classes) * len(found) / len(arrived)


@lru_cache(maxsize=8)
def _labelled(target: Shape, seed: int) -> tuple[Tensor, Tensor]:
    """Target points (n, 2) of all classes, and which (n,)."""
    rng = torch_rng(seed, Stream.KNOWN_CLASSES)
    x, classes = build(target).sample_labelled(_KNOWN, rng)
    if classes is None:
        raise Invalid("The target has only one class left: draw with another class as well.")
    return x, classes


@lru_cache(maxsize=64)
def _fresh(target: Shape, k: int, n: int) -> Tensor:
    """The same points of the class at every look, so that figures can be compared."""
    return sample_class(build(target), k, n, torch_rng(0, Stream.CLASS_REFERENCE))


@lru_cache(maxsize=64)
def _accuracy(target: Shape, k: int, seed: int) -> float:
    """What points of the class itself reach, where classes overlap."""
    return _share(target, _fresh(target, k, _POINTS), k, seed)


@lru_cache(maxsize=64)
def _floor(target: Shape, k: int, n: int) -> NoiseFloor:
    """The distance between fresh samples of the class."""
    law, rng = build(target), torch_rng(0, Stream.CLASS_FLOOR)
    values = []
    for _ in range(_PAIRS):
        x, y = (sample_class(law, k, n, rng) for _ in range(2))
        values.append(sliced_w2(x, y, _PROJECTIONS))
    return NoiseFloor.of(values, n)


def _error(document: Document, field: Field, k: int) -> float | None:
    """rms|v - v*| / rms|v*| of the velocity that was learned for the class."""
    if not isinstance(field, LearnedVelocity) or not field.classes:
        return None
    draws = _draws(document.source, document.target, document.path, document.coupling, k)
    return None if draws is None else draws.error(field.for_class(k))


@lru_cache(maxsize=64)
def _draws(
    source: Shape, target: Shape, path: Path, coupling: Coupling, k: int
) -> EvaluationSet | None:
    whole = Document(source=source, target=target, path=path, coupling=coupling)
    one = of_class(whole, k)
    oracle = None if one is None else oracle_for(one)
    return None if one is None or oracle is None else reference(oracle, one, _ERROR)
