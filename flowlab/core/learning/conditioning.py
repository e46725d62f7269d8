"""Classes as conditions: which classes a network is conditioned on, and the target p1(. | c)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.arguments import whole
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import MOST, classes_of, nearest_class, why_no_condition
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import (
    Checkerboard,
    Drawing,
    Grid,
    Mixture,
    Points,
    Polygon,
    Ring,
    Shape,
    Text,
)
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.field import ClassVelocity, LearnedVelocity
from flowlab.core.learning.field import classes_of as classes_of_field
from flowlab.core.solvers.field import Field

Plan = TypeVar("Plan")

_ONE_LEFT = "The target has only one class left: draw with another class as well."
_ROUNDS = 200  # of rejection sampling from the target


def conditions_of(document: Document) -> tuple[int, ...]:
    """The classes that the document's network is conditioned on, ascending.

    Raises `Invalid`, with the reason, if it cannot be conditional.
    """
    why = why_no_condition(document)
    if why:
        raise Invalid(why)
    labels = build(document.target).labels
    if labels is None:  # all but one class of a drawing were erased
        raise Invalid(_ONE_LEFT)
    classes = tuple(int(k) for k in torch.unique(labels))
    if len(classes) > MOST:
        raise Invalid(
            f"A condition has at most {MOST} classes, and this target has {len(classes)}."
        )
    return classes


def field_shown(field: Field, document: Document) -> Field:
    """The field itself; for a conditional network, its flow of the class that the view shows."""
    classes = classes_of_field(field)
    if not classes or not isinstance(field, LearnedVelocity):
        return field
    return field.for_class(nearest_class(classes, document.view.condition))


def class_shown(field: Field) -> int | None:
    """The class whose velocity this is; None for that of no single class."""
    return field.condition if isinstance(field, ClassVelocity) else None


def one_class_at_a_time(
    plan: Callable[[Document, Field, Any], Plan],
) -> Callable[[Document, Field, Any], Plan]:
    """The plan, restricted to the class that the view shows if the network is conditional."""

    @wraps(plan)
    def restricted(document: Document, field: Field, options: Any) -> Plan:
        classes = classes_of_field(field)
        if not classes:
            return plan(document, field, options)
        one = of_class(document, nearest_class(classes, document.view.condition))
        if one is None:
            raise Invalid(
                "This network has a field for each class, and no shape says what one class of this "
                "target is: choose another target, look at the conditions, or switch Conditional "
                "off and train."
            )
        return plan(one, field_shown(field, document), options)

    return restricted


def sample_conditions(target: Shape, n: int, rng: torch.Generator) -> Tensor:
    """Classes (n,) int64 in proportion to their mass; raises `Invalid` if there are none."""
    classes = build(target).sample_labelled(n, rng)[1]
    if classes is None:
        raise Invalid("The target has no classes to be a condition: choose one that has.")
    return classes


def sample_class(distribution: Distribution, k: int, n: int, rng: torch.Generator) -> Tensor:
    """Samples (n, 2) of p1(. | c = k), by rejection; raises `Invalid` if class k has no mass.

    If the class is so rare that fewer are found, these are repeated.
    """
    parts: list[Tensor] = []
    count = 0
    for _ in range(_ROUNDS):
        x, classes = distribution.sample_labelled(2 * n, rng)
        if classes is None:  # all but one class of a drawing were erased
            raise Invalid(_ONE_LEFT)
        parts.append(x[classes == k])
        count += len(parts[-1])
        if count >= n:
            break
    if not count:
        raise Invalid(f"The target has no points of class {k}.")
    x = torch.cat(parts)
    again = torch.arange(n, device=x.device) % len(x)
    return x[again]


@lru_cache(maxsize=16)
def cloud_of_class(shape: Shape, k: int, n: int, seed: int) -> Floats:
    """Samples (n, 2) float32 of class `k`, read-only; the same for the same seed."""
    rng = torch_rng(seed, Stream.CLASS_CLOUD)
    cloud: Floats = sample_class(build(shape), k, n, rng).numpy()
    cloud.setflags(write=False)
    return cloud


@lru_cache(maxsize=64)
def shape_of_class(shape: Shape, k: int) -> Shape | None:
    """The shape of class `k` alone, with the same placement; None if no shape describes it."""
    if k not in classes_of(shape):
        return None
    placed = {n: getattr(shape, n) for n in ("scale", "rotation", "offset_x", "offset_y", "noise")}
    if isinstance(shape, Ring | Mixture):
        return _component(shape, k, placed)
    if isinstance(shape, Checkerboard):
        return Polygon(vertices=_square(shape, k), **placed)
    if isinstance(shape, Points):
        assert shape.points is not None
        assert shape.labels is not None
        members = np.asarray(shape.labels.values) == k
        return Points(points=Array(np.asarray(shape.points.values)[members]), **placed)
    if isinstance(shape, Drawing):
        return _layer(shape, k, placed)
    if isinstance(shape, Text):
        return _letter(shape, k, placed)
    return None


def _component(shape: Ring | Mixture, k: int, placed: dict[str, float]) -> Mixture:
    if isinstance(shape, Ring):
        angle = 2 * np.pi * k / shape.count
        mean = float(shape.radius * np.sin(angle)), float(shape.radius * np.cos(angle))
        variance = shape.std**2
        return Mixture(means=(mean,), covs=((variance, 0.0, variance),), weights=(1.0,), **placed)
    component = [i for i, weight in enumerate(shape.weights) if weight > 0][k]
    return Mixture(
        means=(shape.means[component],), covs=(shape.covs[component],), weights=(1.0,), **placed
    )


def _square(shape: Checkerboard, k: int) -> tuple[tuple[float, float], ...]:
    """Corners of the k-th dark square of a checkerboard."""
    count, side = shape.count, 2 * shape.half_width / shape.count
    i, j = [(i, j) for i in range(count) for j in range(count) if not (i + j) % 2][k]
    x, y = i * side - shape.half_width, j * side - shape.half_width
    return (x, y), (x + side, y), (x + side, y + side), (x, y + side)


def _layer(shape: Drawing, k: int, placed: dict[str, float]) -> Grid | None:
    from flowlab.core.distributions.drawing import rasterise

    layers, h = rasterise(shape.strokes, shape.half_width), shape.half_width
    if k >= len(layers) or not layers[k].any():
        return None
    return Grid(density=Array(layers[k]), extent=(-h, h, -h, h), **placed)


def _letter(shape: Text, k: int, placed: dict[str, float]) -> Grid | None:
    from flowlab.core.distributions.grids import inked

    masses, extent = inked(shape)
    if k >= len(masses) or not masses[k].any():
        return None
    return Grid(density=Array(masses[k]), extent=extent, **placed)


def of_class(document: Document, k: int) -> Document | None:
    """The unconditional document whose target is class `k` of this one.

    None if no shape describes that class. Raises `Invalid` unless k is a whole number.
    """
    k = whole(k, "The class", 0)
    shape = shape_of_class(document.target, k)
    if shape is None:
        return None
    plain: Network = replace(document.network, conditional=False)
    return replace(document, target=shape, network=plain)
