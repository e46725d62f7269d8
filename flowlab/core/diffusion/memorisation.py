"""Whether a model remembers its training points: how near its samples come to them.

Trained on few points, or exact for them, a model gives these back; trained on many, its samples are
as far from them as fresh ones of the target (Somepalli et al. 2023, arXiv:2212.03860; Yoon et al.
2023).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

import numpy as np
import torch
from scipy.spatial import cKDTree

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.memorisation_results import Memorisation
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import whole
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES, Points, Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle, oracle_for
from flowlab.core.metrics.clouds import Cloud, checked

FEWEST, MOST = 16, 16_000  # training points
_COPIED = 1 / 3  # as near to one training point as this times to the next: a copy of it


def on_few_points(document: Document, count: int) -> Document:
    """The document with so many samples of its target in the target's place, with their classes.

    Fewer ones are the first of more. Of a target of bare points they are as many of these, each
    once, or all. Raises `Invalid` unless there are 16 to 16,000.
    """
    count = whole(count, "The number of training points", FEWEST, MOST)
    rng = torch_rng(document.seed, Stream.FEW_POINTS)
    if is_bare_points(document.target):
        return replace(document, target=_some_of(document.target, count, rng))
    x, labels = build(document.target).sample_labelled(MOST, rng)
    told = labels is not None and int(labels.max()) < CLASSES
    few = Points(
        points=Array(x[:count].numpy()),
        labels=Array(labels[:count].numpy()) if labels is not None and told else None,
        noise=0.0,
    )
    return replace(document, target=few)


def is_bare_points(shape: Shape) -> TypeGuard[Points]:
    """True for points without noise: samples of something that nobody knows."""
    return isinstance(shape, Points) and shape.noise == 0


def _some_of(cloud: Points, count: int, rng: torch.Generator) -> Points:
    points = np.asarray(cloud.points.values)
    if len(points) < FEWEST:
        raise Invalid(f"There are {len(points)} points: memorisation is told of {FEWEST} or more.")
    if count >= len(points):
        return cloud
    chosen = torch.randperm(len(points), generator=rng)[:count]
    labels = None if cloud.labels is None else Array(np.asarray(cloud.labels.values)[chosen])
    return replace(cloud, points=Array(points[chosen]), labels=labels)


def empirical_oracle(document: Document, count: int) -> Oracle:
    """The exact field of these points: what a network would learn of them that learns perfectly.

    Raises `Invalid` where pairs aren't independent.
    """
    oracle = oracle_for(on_few_points(document, count))
    assert oracle is not None
    return oracle


def training_points(document: Document, count: int) -> Doubles:
    """The places (count, 2) of the points that `on_few_points` gives a model."""
    known = build(on_few_points(document, count).target).cloud()
    assert known is not None
    places: Doubles = known[0].double().numpy()
    return places


def memorised(x: Cloud, document: Document, count: int) -> Memorisation:
    """How near samples (n, 2) of a model come to the points that `on_few_points` gave it.

    Beside them as many fresh samples; or, where the target is bare points of which nobody has fresh
    ones, each training point and the others. Raises `Invalid` for samples that aren't finite.
    """
    (points,) = checked(x)
    few = training_points(document, count)
    tree = cKDTree(few)
    own = tree.query(np.asarray(points, np.float64), 2)[0]
    if is_bare_points(document.target):
        by_chance = tree.query(few, 3)[0][:, 1:]  # but the point itself
    else:
        rng = torch_rng(document.seed, Stream.FRESH_SAMPLES)
        fresh = build(document.target).sample(len(points), rng).numpy()
        by_chance = tree.query(np.asarray(fresh, np.float64), 2)[0]
    return Memorisation(
        count=len(few),
        generated=own[:, 0],
        fresh=by_chance[:, 0],
        copied=_copied(own),
        copied_fresh=_copied(by_chance),
    )


def _copied(distances: Doubles) -> float:
    """The share of distances to the nearest and the next point (n, 2) that belong to copies."""
    return float((distances[:, 0] < _COPIED * distances[:, 1]).mean())
