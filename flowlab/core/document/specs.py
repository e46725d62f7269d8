"""Shapes from a name and options, as scripts write them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document import shapes
from flowlab.core.document.arguments import numbers_of, plain_number
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.shapes import CLASSES, FURTHEST, KINDS, Shape

Options = dict[str, Any]
Spec = Any  # a name, a Shape, a distribution, (name, {option: value}) or {"kind": name, ...}


def spec(name_or_shape: str | Shape, **options: Any) -> Shape:
    """The shape of a name (of the gallery, or a kind of shape) with some of its fields changed.

    Mixtures take `means`, `weights` and `stds` or `covs`; a Gaussian `mean` and `std` or `cov`;
    a polygon `vertices`; points `points`, `labels` and the names of their `classes`; a grid
    `density` and `extent`; a picture `pixels`. Raises `Invalid` naming the option that is wrong.
    """
    base, kind = _start(name_or_shape)
    _refuse_unknown(kind, options)
    reader, read = _READERS.get(kind, (_nothing, set()))
    plain = {key: plain_number(value) for key, value in options.items() if key not in read}
    fields = reader(base, options) | plain
    try:
        return _with(base, kind, fields)
    except Invalid:
        if kind is shapes.Gaussian and (beyond := _beyond_limits(options)):
            return beyond
        raise


def _start(given: Any) -> tuple[Shape | None, type[Shape]]:
    if isinstance(given, Shape):
        return given, type(given)
    if isinstance(given, str):
        return _named(given)
    raise Invalid(f"A distribution is given by its name or a shape, not {shown(given)}.")


def _named(name: str) -> tuple[Shape | None, type[Shape]]:
    kind = KINDS.get(name.strip().lower().replace(" ", "_").replace("-", "_"))
    if kind is None:
        base = named(name)
        return base, type(base)
    needs_data = kind in (shapes.Points, shapes.Grid, shapes.Picture)
    return (None if needs_data else kind()), kind


def _refuse_unknown(kind: type[Shape], options: Options) -> None:
    allowed = {field.name for field in dataclasses.fields(kind)}
    allowed |= _READERS.get(kind, (_nothing, set()))[1]
    for name in options:
        if name not in allowed:
            known = ", ".join(sorted(allowed))
            raise Invalid(f"{kind.kind!r} has no option {name!r}; it takes {known}.")


def _with(base: Shape | None, kind: type[Shape], fields: Options) -> Shape:
    if base is None or kind is not type(base):
        return kind(**fields)
    return dataclasses.replace(base, **fields)


def _nothing(base: Shape | None, options: Options) -> Options:
    del base, options
    return {}


def _numbers(value: Any, name: str, allowed: str, *shapes_: tuple[int | None, ...]) -> Doubles:
    """A finite float64 array of one of the shapes, where None stands for any length."""
    value = value.values if isinstance(value, Array) else value
    try:
        array = numbers_of(value, name).astype(np.float64)
    except Invalid:
        raise Invalid(f"{name} must be numbers, {allowed}, not {shown(value)}.") from None
    fits = any(
        array.ndim == len(shape)
        and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
        for shape in shapes_
    )
    if not fits or not array.size:
        raise Invalid(f"{name} must be {allowed}, not an array of shape {array.shape}.")
    if not np.isfinite(array).all():
        raise Invalid(f"{name} must be finite numbers; {_bad_rows(array)}.")
    return array


def _bad_rows(array: Doubles) -> str:
    rows = np.flatnonzero(~np.isfinite(array.reshape(len(np.atleast_1d(array)), -1)).all(axis=1))
    return f"{len(rows)} of its rows are not, the first is row {rows[0] + 1}"


def _one_of(options: Options, first: str, second: str) -> None:
    if first in options and second in options:
        raise Invalid(f"Give {first} or {second}, not both.")


# What the options of a Gaussian say already.
_OVERLAPPING = {
    "mean": ("offset_x", "offset_y"),
    "std": ("cov", "std_x", "std_y", "correlation"),
    "cov": ("std_x", "std_y", "correlation"),
}


def _gaussian(base: Shape | None, options: Options) -> Options:
    for first, others in _OVERLAPPING.items():
        for second in others:
            _one_of(options, first, second)
    fields: Options = {}
    if "mean" in options:
        x, y = _numbers(options["mean"], "mean", "a pair x, y", (2,))
        fields |= {"offset_x": float(x), "offset_y": float(y)}
    if "std" in options:
        std = _numbers(options["std"], "std", "a number or a pair", (), (2,))
        _check_deviations(std, "std")
        x, y = np.broadcast_to(std, 2)
        fields |= {"std_x": float(x), "std_y": float(y), "correlation": 0.0}
    if "cov" in options:
        (xx, xy), (_, yy) = _covariances(options["cov"], "cov", 1)[0]
        std_x, std_y = float(np.sqrt(xx)), float(np.sqrt(yy))
        fields |= {"std_x": std_x, "std_y": std_y, "correlation": float(xy / (std_x * std_y))}
    del base
    return fields


def _beyond_limits(options: Options) -> Shape | None:
    """A mixture with one component, for a Gaussian beyond the limits of its sliders."""
    if not options.keys() <= {"mean", "std", "cov", "noise"} or options.keys() <= {"noise"}:
        return None
    spread = options.get("cov")
    if spread is None:
        std = _numbers(options.get("std", 1.0), "std", "a number or a pair", (), (2,))
        spread = np.diag(np.broadcast_to(std, 2) ** 2)
    noise = {key: options[key] for key in ("noise",) if key in options}
    mean = options.get("mean", (0.0, 0.0))
    means = _numbers(mean, "mean", "a pair x, y", (2,))[None]
    covs = _covariances(spread, "cov", 1)
    return spec("mixture", means=means, covs=covs, weights=[1.0], **noise)


def _mixture(base: Shape | None, options: Options) -> Options:
    _one_of(options, "stds", "covs")
    assert isinstance(base, shapes.Mixture)
    fields: Options = {}
    count = len(base.means)
    if "means" in options:
        means = _numbers(options["means"], "means", "rows x, y", (None, 2))
        count = len(means)
        fields["means"] = _tuples(means)
        spreads_fit = base != shapes.Mixture() and count == len(base.means)  # spreads that fit
        if not options.keys() & {"stds", "covs"} and not spreads_fit:
            raise Invalid("Give stds or covs with the means of a mixture.")
    if "weights" in options or count != len(base.means):
        fields["weights"] = _weights(options.get("weights"), count)
    if "stds" in options:
        fields["covs"] = _tuples(_from_deviations(options["stds"], count))
    if "covs" in options:
        covs = _covariances(options["covs"], "covs", count)
        fields["covs"] = _tuples(covs.reshape(-1, 4)[:, [0, 1, 3]])
    return fields


def _weights(value: Any, count: int) -> tuple[float, ...]:
    if value is None:
        return (1.0,) * count
    weights = _numbers(value, "weights", "one number for each mean", (None,))
    if len(weights) != count:
        raise Invalid(f"There are {count} means, so there must be {count} weights.")
    return tuple(weights.tolist())


def _check_deviations(stds: Doubles, name: str) -> None:
    """Raise `Invalid` unless the standard deviations are positive and their squares are finite."""
    if (stds <= 0).any() or stds.max() > FURTHEST:
        wrong = stds.min() if stds.min() <= 0 else stds.max()
        raise Invalid(f"{name} must be positive and at most {FURTHEST:g}, not {wrong:g}.")


def _from_deviations(value: Any, count: int) -> Doubles:
    """Rows xx, xy, yy from deviations (), (K,) or (K, 2)."""
    allowed = "a number, one for each mean, or a pair for each mean"
    stds = _numbers(value, "stds", allowed, (), (None,), (None, 2))
    if stds.ndim and len(stds) != count:
        raise Invalid(f"There are {count} means, so there must be {count} stds, or one for all.")
    _check_deviations(stds, "stds")
    pairs = stds if stds.ndim == 2 else np.broadcast_to(stds.reshape(-1, 1), (stds.size, 2))
    pairs = np.broadcast_to(pairs, (count, 2))
    return np.stack([pairs[:, 0] ** 2, np.zeros(count), pairs[:, 1] ** 2], axis=1)


def _covariances(value: Any, name: str, count: int) -> Doubles:
    """Matrices (count, 2, 2) from one for all (2, 2), one each, or rows xx, xy, yy."""
    allowed = "a 2x2 matrix, one for each mean, or rows xx, xy, yy"
    covs = _numbers(value, name, allowed, (2, 2), (None, 2, 2), (None, 3))
    if covs.shape == (2, 2):
        covs = np.broadcast_to(covs, (count, 2, 2))
    elif covs.ndim == 2:
        covs = covs[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    if len(covs) != count:
        raise Invalid(f"There are {count} means, so there must be {count} {name}, or one for all.")
    if not np.allclose(covs, covs.swapaxes(1, 2), rtol=1e-6):
        raise Invalid(f"{name} must be symmetric.")
    if (np.linalg.det(covs) <= 0).any() or (covs[:, 0, 0] <= 0).any():
        raise Invalid(f"{name} must be positive definite.")
    return covs


def _tuples(rows: Doubles) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())


def _polygon(base: Shape | None, options: Options) -> Options:
    del base
    if "vertices" not in options:
        return {}
    return {"vertices": _tuples(_numbers(options["vertices"], "vertices", "rows x, y", (None, 2)))}


def _points(base: Shape | None, options: Options) -> Options:
    if "points" in options:
        points = Array(_numbers(options["points"], "points", "rows x, y", (None, 2)))
    elif isinstance(base, shapes.Points):
        points = base.points
    else:
        raise Invalid("Give the points of 'points' as points=, rows x, y.")
    names = {"classes": options["classes"]} if "classes" in options else {}
    if "labels" not in options and "points" not in options:
        return names
    labels = options.get("labels")
    fields = {"points": points, "labels": None if labels is None else _labels(labels, points)}
    return {"classes": ()} | fields | names


def _labels(value: Any, points: Array) -> Array:
    labels = _numbers(value, "labels", "one whole number for each point", (None,))
    if len(labels) != len(points):
        raise Invalid(f"There are {len(points)} points, so there must be {len(points)} labels.")
    if (labels != np.floor(labels)).any() or labels.min() < 0 or labels.max() >= CLASSES:
        raise Invalid(f"labels must be whole numbers from 0 to {CLASSES - 1}.")
    return Array(labels, np.int64)


def _grid(base: Shape | None, options: Options) -> Options:
    fields: Options = {}
    if "density" in options:
        density = _numbers(options["density"], "density", "rows and columns", (None, None))
        if density.min() < 0 or density.max() <= 0:
            raise Invalid("density must not be negative, and one cell must be positive.")
        fields["density"] = Array(density / density.max())
    elif base is None:
        raise Invalid("Give the density of 'grid' as density=, rows from the lowest y up.")
    if "extent" in options:
        extent = _numbers(options["extent"], "extent", "(x0, x1, y0, y1)", (4,)).tolist()
        if not (extent[0] < extent[1] and extent[2] < extent[3]):
            raise Invalid("extent must be (x0, x1, y0, y1) with x0 < x1 and y0 < y1.")
        fields["extent"] = tuple(extent)
    return fields


def _picture(base: Shape | None, options: Options) -> Options:
    if "pixels" in options:
        pixels = _numbers(options["pixels"], "pixels", "rows and columns", (None, None))
        return {"pixels": Array(pixels)}
    if base is None:
        raise Invalid("Give the brightness of 'picture' as pixels=, 0 to 255, the top row first.")
    return {}


def _drawing(base: Shape | None, options: Options) -> Options:
    del base
    given = options.get("strokes", ())
    strokes = tuple(given) if isinstance(given, list) else given
    return {"strokes": strokes} if "strokes" in options else {}


# The reader of a kind's structured options, and the names of those options.
_READERS: dict[type[Shape], tuple[Callable[[Shape | None, Options], Options], set[str]]] = {
    shapes.Gaussian: (_gaussian, {"mean", "std", "cov"}),
    shapes.Mixture: (_mixture, {"means", "stds", "covs", "weights"}),
    shapes.Polygon: (_polygon, {"vertices"}),
    shapes.Points: (_points, {"points", "labels", "classes"}),
    shapes.Grid: (_grid, {"density", "extent"}),
    shapes.Picture: (_picture, {"pixels"}),
    shapes.Drawing: (_drawing, {"strokes"}),
}


def shape_of(given: Spec, **options: Any) -> Shape:
    """The shape that a spec means, with some of its fields changed; raises `Invalid` for none."""
    if isinstance(given, Shape) and not options:
        return given
    message = "Give a distribution as a name or as (name, {option: value})."
    shape = getattr(given, "shape", None)
    if isinstance(shape, Shape):  # a distribution made by `flowlab.distribution`
        given = shape
    if isinstance(given, Mapping):
        rest = dict(given)
        name = rest.pop("kind", None) or rest.pop("name", None)
        if not isinstance(name, str):
            raise Invalid('A distribution as a dictionary needs its name under "kind".')
        return spec(name, **(rest | options))
    if isinstance(given, (tuple, list)):
        name, inner = (*given, {})[:2] if 1 <= len(given) <= 2 else (None, None)
        if not isinstance(name, str) or not isinstance(inner, Mapping):
            raise Invalid(message)
        return spec(name, **(dict(inner) | options))
    return spec(given, **options)
