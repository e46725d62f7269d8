"""The plan of the view `conditions`: reference points of one class, and generations for it.

It follows the figure of conditional models in Heitz, Belcour and Chambon 2023 (arXiv:2305.03486):
input, reference, generation 1, generation 2, ... Here the input is a class c, the reference shows
samples of p1(. | c), and each generation is a set of particles that the network, conditioned on c,
carries there from fresh samples of the source.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.blending.generations import Generations, Panel
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import class_name, classes_of, nearest_class, why_no_condition
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate
from flowlab.core.exact import EvaluationSet, extended_field, oracle_for, reference, why_none
from flowlab.core.learning.conditioning import cloud_of_class, of_class, sample_class
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.field import classes_of as network_classes
from flowlab.core.metrics import NoiseFloor, class_accuracy, sliced_w2
from flowlab.core.metrics.distances import mean_sliced_w2
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import Ends, ends_of

GENERATIONS = 3
_COARSE = 400  # particles of each generation in a first quick answer
_KNOWN = 4000  # labelled target points for the nearest-neighbour classifier
_POINTS, _PROJECTIONS, _PAIRS = 2000, 64, 6  # for a sliced W2 and its noise floor
_ERROR = 2000  # points at which the velocity's error is measured
_NOT_CONDITIONED = (
    "The network is not told the class, so it makes all of them: switch Conditional network on, "
    "and train."
)


def conditions(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Generate samples of the view's class from the seeds s, s + 1, s + 2, beside the target's own.

    The particles follow the network conditioned on the class, or the class's exact flow where the
    view shows that. Returns the bundle of the first generation, its `extra` the `Generations`.
    Raises `Cancelled`, or `Invalid` for a target without classes.
    """
    classes = network_classes(field) or classes_of(document.target)
    if not classes:
        raise Invalid(why_no_condition(document))
    k = nearest_class(classes, document.view.condition)
    _check_left(document.target, k)
    flow, exact, truth = _flow(document, field, k)
    n = max(1, (options.particles or document.view.particles) // GENERATIONS)
    n = min(n, _COARSE) if options.coarse else n
    floor, best_accuracy = (
        _floor(document.target, k, min(n, _POINTS)),
        _accuracy(document.target, k, document.seed),
    )
    began = time.perf_counter()  # without what is cached for the next bundle
    ends = ends_of(document, options)
    runs = [_carried(document, flow, n, g, options) for g in range(GENERATIONS)]
    bundles = [replace(run, classes=classes, labels=np.full(n, k), **ends) for run in runs]
    generations = Generations(
        condition=k,
        name=class_name(k, document.target),
        classes=classes,
        panels=(
            _reference(document, ends, classes, k, n),
            *_generation_panels(document, bundles, k),
        ),
        conditional=bool(network_classes(field)),
        exact=exact,
        accuracy=best_accuracy,
        floor=floor.mean,
        spread=floor.spread,
        distance=_mean_distance(document.target, bundles, k),
        error=None if options.coarse else _error(document, field, k),
        note="" if network_classes(field) or exact else _NOT_CONDITIONED,
    )
    return replace(
        bundles[0],
        extra=generations,
        exact_note=truth,
        seconds=time.perf_counter() - began,
    )


def _check_left(target: Shape, k: int) -> None:
    """Raise `Invalid`, in the words of the window, if all points of class `k` were erased."""
    labels = build(target).labels
    if labels is not None and k not in labels.tolist():
        raise Invalid(
            f"Nothing of class {class_name(k, target)} is left in the target: draw with it, or "
            "choose another class."
        )


def _flow(document: Document, field: Field, k: int) -> tuple[Field, bool, str]:
    """The field that carries the particles, whether it is exact, and a note on the exact field."""
    learned = field.for_class(k) if isinstance(field, LearnedVelocity) and field.classes else field
    if document.view.shows != "exact":
        return learned, False, ""
    class_document = of_class(document, k)
    oracle = None if class_document is None else oracle_for(class_document)
    if oracle is None:
        why = why_none(document) or "No exact flow is known of this class alone."
        return learned, False, why
    return extended_field(oracle), True, oracle.facts.note


def _carried(
    document: Document, flow: Field, n: int, generation: int, options: PlanOptions
) -> Bundle:
    """One generation: n source samples, drawn with a seed of their own, carried to the target."""
    rng = torch_rng(document.seed + generation, Stream.GENERATIONS)
    x = build(document.source).sample(n, rng)
    solver: Solver = replace(document.solver, direction="forward")
    return carried(flow, x, solver, cancelled=options.cancelled, workers=options.workers)


def _reference(document: Document, ends: Ends, known: tuple[int, ...], k: int, n: int) -> Panel:
    """The panel of target samples of class `k`, which don't move."""
    cloud = cloud_of_class(document.target, k, n, document.seed)
    still = Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.stack([cloud, cloud]),
        labels=np.full(n, k),
        classes=known,
        **ends,
    )
    return Panel(title="Reference", bundle=still)


def _generation_panels(document: Document, bundles: list[Bundle], k: int) -> list[Panel]:
    """One panel for each generation, with its accuracy and its distance to the class."""
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


def _distance(target: Shape, arrived: Tensor, k: int) -> Estimate:
    return sliced_w2(arrived, _fresh(target, k, len(arrived)), _PROJECTIONS)


def _mean_distance(target: Shape, bundles: list[Bundle], k: int) -> Estimate | None:
    """The mean of all generations' distances, whose errors share that of the class's points."""
    ends = torch.from_numpy(np.stack([bundle.points[-1][:_POINTS] for bundle in bundles], 1))
    if not bool(ends.isfinite().all()):
        return None
    return mean_sliced_w2(ends.unbind(1), _fresh(target, k, len(ends)), _PROJECTIONS)


def _share(target: Shape, arrived: Tensor, k: int, seed: int) -> Estimate:
    """Share of the points (n, 2) whose nearest labelled target point is of class `k`.

    Points that are not finite count as wrong. Its error is binomial, for these labelled points.
    """
    known, classes = _labelled(target, seed)
    finite, n = arrived[arrived.isfinite().all(1)], len(arrived)
    if not len(finite):
        return Estimate(0.0, 0.0, n)
    share = class_accuracy(finite, k, known, classes) * len(finite) / n
    return Estimate(share, math.sqrt(share * (1 - share) / n), n)


@lru_cache(maxsize=8)
def _labelled(target: Shape, seed: int) -> tuple[Tensor, Tensor]:
    """Target points (n, 2) of all classes, and the class (n,) of each; raises `Invalid`."""
    rng = torch_rng(seed, Stream.KNOWN_CLASSES)
    x, classes = build(target).sample_labelled(_KNOWN, rng)
    if classes is None:
        raise Invalid("The target has only one class left: draw with another class as well.")
    return x, classes


@lru_cache(maxsize=64)
def _fresh(target: Shape, k: int, n: int) -> Tensor:
    """Samples of p1(. | k), the same at every call, so that figures can be compared."""
    return sample_class(build(target), k, n, torch_rng(0, Stream.CLASS_REFERENCE))


@lru_cache(maxsize=64)
def _accuracy(target: Shape, k: int, seed: int) -> Estimate:
    """The accuracy of samples of the class itself: below 1 where classes overlap."""
    return _share(target, _fresh(target, k, _POINTS), k, seed)


@lru_cache(maxsize=64)
def _floor(target: Shape, k: int, n: int) -> NoiseFloor:
    """Sliced W2 of fresh samples of the class, in place of a generation, to the same reference."""
    distribution, rng = build(target), torch_rng(0, Stream.CLASS_FLOOR)
    clouds = [sample_class(distribution, k, n, rng) for _ in range(_PAIRS)]
    return NoiseFloor.of([sliced_w2(x, _fresh(target, k, n), _PROJECTIONS) for x in clouds], n)


def _error(document: Document, field: Field, k: int) -> Estimate | None:
    """rms|v - v*| / rms|v*| of the velocity conditioned on class `k`; None where v* is unknown."""
    if not isinstance(field, LearnedVelocity) or not field.classes:
        return None
    evaluation_set = _evaluation_set(
        document.source, document.target, document.path, document.coupling, k
    )
    return None if evaluation_set is None else evaluation_set.error(field.for_class(k))


@lru_cache(maxsize=64)
def _evaluation_set(
    source: Shape, target: Shape, path: Path, coupling: Coupling, k: int
) -> EvaluationSet | None:
    document = Document(source=source, target=target, path=path, coupling=coupling)
    class_document = of_class(document, k)
    oracle = None if class_document is None else oracle_for(class_document)
    return (
        None
        if class_document is None or oracle is None
        else reference(oracle, class_document, _ERROR)
    )
