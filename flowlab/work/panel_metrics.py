"""Computes each figure of the metrics panel, at sizes that suit live measurement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, error_of, mean_estimate, plain, to_error
from flowlab.core.exact import Oracle, oracle_for, why_none
from flowlab.core.exact.reference import STRATA
from flowlab.core.metrics.continuity import continuity_residual
from flowlab.core.metrics.distances import energy_distance, exact_w2
from flowlab.core.metrics.floors import Distance, NoiseFloor
from flowlab.core.metrics.kernels import median_bandwidth, mmd
from flowlab.core.metrics.learned import Bins, blended, compared
from flowlab.core.metrics.likelihood import likelihood_map, log_likelihood
from flowlab.core.metrics.trajectory_errors import carrying_errors
from flowlab.core.metrics.transport import bend, closed_w2, npe, path_energy
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.work.exact import evaluation_set, exact_inputs
from flowlab.work.figures import ByTime, Figure
from flowlab.work.latest_request import Superseded
from flowlab.work.live_metrics import arrival_of, reference
from flowlab.work.model import Model
from flowlab.work.pairing import PATHS
from flowlab.work.status import Measures

FloorOf = Callable[[Distance, Shape, int], NoiseFloor]  # distance, shape, number of samples
Reading = Mapping[str, Figure | ByTime]

_SLICED = 2500  # points of the sliced distance in `live_metrics`
_ALL_PAIRS, _ASSIGNED = 500, 1000  # points of energy distance and MMD, and of exact W2
_BINS, _COMPARED = 8, 2560  # intervals of t, of two strata each, and points
_LIKELY, _LIKELY_STEPS = 300, 24
_CELLS, _CELL_STEPS = 72, 16  # a side of the likelihood's grid, and steps there
_MESH = 40  # a side of the continuity equation's grid
_CARRIED, _FINE = 256, 48
_MIDDLE = 0.4  # the t of the continuity equation: at 1/2 some paths stand still


@dataclass(frozen=True, eq=False)
class Subject:
    """What is measured: a model, its newest bundle, and the live metrics of both."""

    model: Model
    bundle: Bundle
    measures: Measures
    cancelled: Callable[[], bool] = lambda: False

    @property
    def document(self) -> Document:
        """The document that the model was trained for."""
        return self.model.document

    @property
    def field(self) -> Field:
        """The learned velocity; raises `Superseded` once the figure is no longer wanted."""
        return _Watched(self.model.field, self.cancelled)

    @property
    def oracle(self) -> Oracle:
        """The exact field; raises `Invalid` with the reason where there is none."""
        oracle = oracle_for(exact_inputs(self.document))
        if oracle is None:
            raise Invalid(why_none(self.document))
        return oracle

    @cached_property
    def end(self) -> Shape:
        """The shape that the particles should have reached."""
        return arrival_of(self.document, self.bundle)[1]

    def arrived(self, most: int) -> Tensor:
        """End points (n, 2) of at most `most` particles."""
        return torch.from_numpy(arrival_of(self.document, self.bundle)[0][:most].copy())


class _Watched:
    """A field that raises `Superseded` once `cancelled()` is true."""

    def __init__(self, field: Field, cancelled: Callable[[], bool]) -> None:
        self._field, self._cancelled = field, cancelled

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        if self._cancelled():
            raise Superseded
        return self._field.velocity(x, t)


def sliced(subject: Subject, _floor: FloorOf) -> Reading:
    """Sliced W2 as in the live metrics, with the standard deviation of its floor."""
    measures, n = subject.measures, min(_SLICED, subject.bundle.points.shape[1])
    if measures.sliced_w2 is None:
        raise Invalid("Some particles have left the plane.")
    figure = Figure(
        value=measures.sliced_w2,
        error=error_of(measures.sliced_w2),
        floor=measures.sliced_w2_floor,
        spread=measures.sliced_w2_spread,
        n=n,
        pairs=8,
    )
    return {"sliced_w2": figure}


def energy(subject: Subject, floor: FloorOf) -> Reading:
    """Energy distance of the arrivals to fresh samples."""
    return {"energy": _distance(subject, floor, energy_distance, _ALL_PAIRS)}


def exact(subject: Subject, floor: FloorOf) -> Reading:
    """W2 of a subsample by optimal assignment."""
    return {"exact_w2": _distance(subject, floor, exact_w2, _ASSIGNED)}


def kernels(subject: Subject, floor: FloorOf) -> Reading:
    """MMD with a bandwidth that depends only on the shape, so that figures can be compared."""
    h = _bandwidth(subject.end)
    figure = _distance(subject, floor, lambda x, y: mmd(x, y, h).value, _ALL_PAIRS)
    return {
        "mmd": replace(figure, note=f"Gaussian kernel of bandwidth {h:.3g}, the median distance")
    }


def _distance(subject: Subject, floor: FloorOf, distance: Distance, most: int) -> Figure:
    arrived = subject.arrived(most)
    n = len(arrived)
    value = distance(arrived, reference(subject.end, n))
    noise_floor = floor(distance, subject.end, n)
    return Figure(
        value=value,
        error=error_of(value),
        floor=noise_floor.mean,
        spread=noise_floor.spread,
        n=n,
        pairs=noise_floor.pairs,
    )


@lru_cache(maxsize=8)
def _bandwidth(end: Shape) -> float:
    return median_bandwidth(reference(end, _ALL_PAIRS))


def learned(subject: Subject, _floor: FloorOf) -> Reading:
    """Errors of the learned velocity, by time and over all times, at the same points each time."""
    known = evaluation_set(subject.document)
    if known is None:
        raise Invalid(why_none(subject.document))
    points = known.known.thinned(_COMPARED)
    velocity = subject.model.field.velocity(points.x, points.t)
    stratum = points.stratum.numpy()
    errors = compared(
        stratum * _BINS // STRATA, _BINS, velocity, points.exact,
        stratum=stratum, cluster=points.sweep.numpy(),
    )  # fmt: skip
    excess, relative, angle = errors.excess(), errors.relative(), errors.angle()
    pooled, n = errors.pooled(), len(errors.which)
    by_time = ByTime(
        edges=excess.edges,
        excess=excess.values,
        excess_error=excess.errors,
        velocity=relative.values,
        velocity_error=relative.errors,
        angle=angle.values,
        angle_error=angle.errors,
        step=subject.model.weights.step,
    )
    return {
        "excess": _first(pooled.excess(), n),
        "velocity": _first(pooled.relative(), n),
        "angle": _first(pooled.angle(), n),
        "by_time": by_time,
    }


def _first(bins: Bins, n: int) -> Figure:
    error = float(bins.errors[0])
    known = error if math.isfinite(error) else None
    return Figure(value=float(bins.values[0]), error=known, floor=0.0, n=n)


def paths(subject: Subject, _floor: FloorOf) -> Reading:
    """Normalized path energy (against W2^2, the least possible) and bend of the paths."""
    n = min(PATHS, subject.bundle.points.shape[1])
    selected = subject.bundle.select(np.arange(n))
    bent = _estimated(bend(selected))
    try:
        cost = _npe(subject, selected)
    except Invalid as error:  # both ends are one
        cost = Figure(note=str(error))
    return {"npe": cost, "straightness": bent}


def _npe(subject: Subject, paths: Bundle) -> Figure:
    """Against W2 in closed form between Gaussians, else of the same starts to the target."""
    known = _closed_w2(subject.document.source, subject.document.target)
    if known is not None:
        energy = path_energy(paths)
        note = f"path energy {to_error(energy, energy.error)}, W₂² in closed form {plain(known**2)}"
        return _estimated(npe(paths, known), note)
    n = min(_ASSIGNED, paths.points.shape[1])
    few, end = paths.select(np.arange(n)), arrival_of(subject.document, paths)[1]
    energy = path_energy(few)
    value = npe(few, target=reference(end, n))
    note = f"path energy {to_error(energy, energy.error)}, W₂² of the same {n:,} starts"
    return _estimated(value, note)


def _estimated(value: Estimate, note: str = "") -> Figure:
    return Figure(value=value, error=error_of(value), floor=0.0, n=value.n, note=note)


@lru_cache(maxsize=8)
def _closed_w2(source: Shape, target: Shape) -> float | None:
    """W2 of two ends where it is known in closed form."""
    return closed_w2(build(source), build(target))


def continuity(subject: Subject, _floor: FloorOf) -> Reading:
    """Residual of the continuity equation, of the exact density with the learned velocity.

    The floor is the residual with the exact velocity.
    """
    oracle, document = subject.oracle, subject.document
    axes = _axes(document, _MESH)
    step = None if oracle.facts.exact else float(axes[0][1] - axes[0][0])
    residual = [
        continuity_residual(oracle.density, field.velocity, _MIDDLE, *axes, step=step)
        for field in (subject.field, _Watched(oracle, subject.cancelled))
    ]
    note = f"at t = {_MIDDLE}, on {_MESH} × {_MESH} points"
    return {"continuity": Figure(value=residual[0], floor=residual[1], n=_MESH**2, note=note)}


def _axes(document: Document, cells: int) -> tuple[Floats, Floats]:
    """Columns and rows of a grid that holds nearly all mass at t = `_MIDDLE`."""
    rng = torch_rng(0, Stream.READING_AXES)
    x = blended(document, torch.full((2000,), _MIDDLE), rng).double().numpy()
    low, high = x.min(0), x.max(0)
    room = 0.1 * (high - low).max() + 1e-6
    return tuple(np.linspace(a - room, b + room, cells) for a, b in zip(low, high, strict=True))  # type: ignore[return-value]


def likelihood(subject: Subject, _floor: FloorOf) -> Reading:
    """Mean log-likelihood of target samples; its best value is that under the target itself."""
    document = subject.document
    source, target = build(document.source), build(document.target)
    x = reference(document.target, _LIKELY)
    logs = log_likelihood(
        subject.model.field, source, x, steps=_LIKELY_STEPS, cancelled=subject.cancelled
    )
    missed = int((~logs.isfinite()).sum())
    if missed:
        raise Invalid(
            f"{missed} of {len(x)} target samples come from where the source has no density: "
            "their log-likelihood is −∞."
        )
    mean = mean_estimate(logs.double().numpy())
    figure = Figure(value=mean, error=error_of(mean), n=len(x))
    if not target.has_log_prob:
        return {"likelihood": figure}
    own = target.log_prob(x)
    gap = mean_estimate((own - logs).double().numpy()).error
    floor = mean_estimate(own.double().numpy())
    return {"likelihood": replace(figure, floor=floor, gap_error=gap)}


def integral(subject: Subject, _floor: FloorOf) -> Reading:
    """The likelihood integrated over a grid; its distance from 1 is the numerical error."""
    document = subject.document
    likelihoods = likelihood_map(
        subject.model.field,
        build(document.source),
        *_box(build(document.target), _CELLS),
        steps=_CELL_STEPS,
        cancelled=subject.cancelled,
    )
    note = f"on {_CELLS} × {_CELLS} points"
    return {"integral": Figure(value=likelihoods.integral, floor=1.0, n=_CELLS**2, note=note)}


def _box(distribution: Distribution, cells: int) -> tuple[Floats, Floats]:
    x0, x1, y0, y1 = distribution.extent
    room = 0.15 * max(x1 - x0, y1 - y0)
    return np.linspace(x0 - room, x1 + room, cells), np.linspace(y0 - room, y1 + room, cells)


def carrying(subject: Subject, _floor: FloorOf) -> Reading:
    """Errors of the end points caused by the network, and those caused by the solver."""
    document, solver = subject.document, subject.document.solver
    begin = document.source if solver.direction == "forward" else document.target
    start, why = reference(begin, _CARRIED), ""
    try:
        oracle: Field | None = _Watched(subject.oracle, subject.cancelled)
    except Invalid as error:
        oracle, why = None, str(error)
    errors = carrying_errors(subject.field, oracle, solver, start, _FINE)
    n = len(start)
    return {
        "model": Figure(value=errors.model, error=error_of(errors.model), n=n, note=why),
        "integration": Figure(value=errors.integration, error=error_of(errors.integration), n=n),
    }


READERS: dict[str, Callable[[Subject, FloorOf], Reading]] = {
    "sliced": sliced,
    "energy": energy,
    "mmd": kernels,
    "learned": learned,
    "exact": exact,
    "paths": paths,
    "continuity": continuity,
    "likelihood": likelihood,
    "integral": integral,
    "carrying": carrying,
}
