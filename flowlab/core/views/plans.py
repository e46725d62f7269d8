"""What each view computes: a plan turns a document and a field into one read-only Bundle."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from flowlab.core.blending.plans import blending, chain
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import nearest_class
from flowlab.core.document.document import Document, Solver
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle, followed
from flowlab.core.interpolants.pairing import some_pairs
from flowlab.core.learning.conditioning import (
    SEE_CONDITIONS,
    cloud_of_class,
    field_shown,
    one_class_at_a_time,
    some_conditions,
)
from flowlab.core.learning.field import Field, classes_of, rows
from flowlab.core.solvers.ode import Halt, Trajectory, integrate
from flowlab.core.tangent.plan import tangent_field
from flowlab.core.views.bundle import Bundle, FieldFrames, Floats
from flowlab.core.views.exact_comparison import COLUMNS, with_truth
from flowlab.core.views.packed import Packed

_ENDS = 4000  # samples of each end in the faint clouds
_PAIRS = 60  # straight lines between the ends of pairs
_LATTICE, _LATTICE_COARSE = 33, 17  # vertices a side
_COLUMNS, _FRAMES = 28, 17  # of the velocity field
_COARSE = 1000  # particles of a first quick answer
_SPARSE = 2000  # fewer particles than this don't tell by themselves where mass passes


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What is asked of a plan beside the document."""

    revision: int = 0  # of the request, handed through to the bundle
    step: int = 0  # training step of the weights, handed through
    cancelled: Callable[[], bool] | None = None  # checked at every evaluation of the field
    particles: int | None = None  # instead of the view's
    coarse: bool = False  # a quick first answer: the first particles alone, same solver
    lattice: bool = True
    field: bool = True
    raw: Field | None = None  # of the weights that are not averaged, where those are known
    early: Preview | None = None
    workers: int = 1  # threads that carry particles


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Wanted before the whole: what is seen at `t`, with the rest as an older bundle has it."""

    t: float
    older: Bundle
    tell: Callable[[Bundle], None]


Plan = Callable[[Document, Field, PlanOptions], Bundle]


def trajectories(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Samples of the end where the solver starts, carried to the other end.

    The particles depend on the document's seed alone: new weights carry the same ones. Raises
    `Cancelled`, or `Invalid` where Dormand-Prince needs too many steps. A conditional network
    carries each particle to a class of its own, drawn from the target's; lattice and arrows are
    those of the view's class.
    """
    began = time.perf_counter()
    classes = classes_of(field)
    x, labels = _start(document, options, bool(classes))
    told = torch.from_numpy(labels) if classes and labels is not None else None
    run = _carry(document, field, x, options, _halt(document, len(x), options), told)
    bundle = dataclasses.replace(
        _bundle(document, run),
        labels=labels,
        classes=classes,
        source=_cloud(document.source, document.seed, Stream.SOURCE_CLOUD),
        target=_cloud(document.target, document.seed, Stream.TARGET_CLOUD),
        revision=options.revision,
        step=options.step,
    )
    if document.view.show_raw and options.raw is not None:
        raw = _bundle(document, _carry(document, options.raw, x, options, None, told))
        bundle = dataclasses.replace(bundle, raw=raw)
    one, own = field_shown(field, document), _of_class(bundle, document)
    if options.lattice:
        bundle = _with_lattice(bundle, document, one, options)
    if options.field and not options.coarse:
        bundle = dataclasses.replace(bundle, field=_frames(document, one, own))
    kept = 0.0  # seconds for what is computed once
    if document.view.shows != "learned" and classes:
        bundle = dataclasses.replace(bundle, truth=SEE_CONDITIONS)
    elif document.view.shows != "learned":
        bundle, kept = _beside_truth(bundle, document, field, x, options)
    if document.view.show_pairs:
        bundle = _with_pairs(bundle, document)
    return dataclasses.replace(bundle, seconds=time.perf_counter() - began - kept)


def _conditions(document: Document, field: Field, options: PlanOptions) -> Bundle:
    from flowlab.core.blending.conditions import conditions

    return conditions(document, field, options)


PLANS: dict[str, Plan] = {
    "trajectories": trajectories,
    "blending": blending,
    "chain": chain,
    "tangent_field": one_class_at_a_time(tangent_field),
    "conditions": _conditions,
}
_VIEWS = ("density", "field", "grid", "mapping")  # other pictures of the trajectories


def plan_of(view: str) -> Plan:
    """What computes the view of that name; raises `Invalid` where there is none."""
    plan = PLANS.get("trajectories" if view in _VIEWS else view)
    if plan is None:
        known = ", ".join((*PLANS, *_VIEWS))
        raise Invalid(f"There is no view named {view!r}; try {known}.")
    return plan


def _beside_truth(
    bundle: Bundle, document: Document, field: Field, x: Tensor, options: PlanOptions
) -> tuple[Bundle, float]:
    """See `with_truth`: the exact flow is of the same particles, by the same solver."""

    def carry(exact: Oracle) -> Bundle:
        made = _bundle(document, _carry(document, followed(exact), x, options))
        if options.coarse:
            return made
        made = _with_lattice(made, document, exact, options)
        sampled = dataclasses.replace(made, source=bundle.source, target=bundle.target)
        return dataclasses.replace(made, field=_frames(document, exact, sampled))

    axes = _axes(document, COLUMNS)
    return with_truth(bundle, document, field, carry, axes, whole=not options.coarse)


def _with_pairs(bundle: Bundle, document: Document) -> Bundle:
    """The bundle with a few of the pairs that are learned from, also beside the exact flow."""
    ends = document.source, document.target
    pairs = some_pairs(*ends, document.coupling, _PAIRS, document.seed, bool(bundle.classes))
    if bundle.exact is not None:
        bundle = dataclasses.replace(bundle, exact=dataclasses.replace(bundle.exact, pairs=pairs))
    return dataclasses.replace(bundle, pairs=pairs)


def _start(
    document: Document, options: PlanOptions, conditional: bool = False
) -> tuple[Tensor, Floats | None]:
    """Start positions (n, 2) and classes; the coarse ones are the first of the full ones.

    Of a conditional flow the classes are those to be carried to, drawn where it starts elsewhere.
    """
    n = options.particles or document.view.particles
    x, labels = build(_beginning(document)).sample_labelled(
        n, torch_rng(document.seed, Stream.STARTS)
    )
    if conditional and document.solver.direction == "forward":
        labels = some_conditions(document.target, n, torch_rng(document.seed, Stream.CONDITIONS))
    kept = min(n, _COARSE) if options.coarse else n
    return x[:kept], None if labels is None else labels[:kept].numpy()


def _beginning(document: Document) -> Shape:
    return document.source if document.solver.direction == "forward" else document.target


@lru_cache(maxsize=32)
def ends_of(document: Document, revision: int = 0) -> Bundle:
    """Both ends alone, where nothing between them can be computed; raises `Invalid`."""
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        source=_cloud(document.source, document.seed, Stream.SOURCE_CLOUD),
        target=_cloud(document.target, document.seed, Stream.TARGET_CLOUD),
        revision=revision,
    )


def _cloud(shape: Shape, seed: int, stream: Stream) -> Floats:
    cloud: Floats = build(shape).sample(_ENDS, torch_rng(seed, stream)).numpy()
    cloud.setflags(write=False)
    return cloud


def _carry(
    document: Document,
    field: Field,
    x: Tensor,
    options: PlanOptions,
    halt: Halt | None = None,
    condition: Tensor | None = None,
) -> Trajectory:
    device = getattr(field, "device", torch.device("cpu"))
    size = rows(device)
    each = math.ceil(len(x) / max(1, options.workers))  # nobody is to be idle
    return integrate(
        field.velocity,
        x,
        document.solver,
        chunk=max(1, min(size, each)),
        cancelled=options.cancelled,
        halt=halt,
        workers=options.workers,
        condition=None if condition is None else condition.to(device),
    )


def _of_class(bundle: Bundle, document: Document) -> Bundle:
    """The particles of the class whose velocity is shown, or all of them."""
    if not bundle.classes or bundle.labels is None:
        return bundle
    shown = nearest_class(bundle.classes, document.view.condition)
    own = bundle.select(np.flatnonzero(bundle.labels == shown))
    target = cloud_of_class(document.target, shown, _ENDS, document.seed)
    return dataclasses.replace(own, source=bundle.source, target=target)


def _halt(document: Document, n: int, options: PlanOptions) -> Halt | None:
    """Where to tell the early bundle, if one is wanted and the older has the same particles."""
    early, solver = options.early, document.solver
    if early is None or early.older.slopes is None:
        return None
    old, alike = early.older, (solver.steps + 1, n, 2)
    same = (old.method, old.direction) == (solver.method, solver.direction)
    if not same or old.points.shape != alike or document.solver.method == "dopri5":
        return None

    def tell(points: Tensor, slopes: Tensor) -> None:
        assert old.slopes is not None
        bundle = dataclasses.replace(
            old,
            points=_joined(points, old.points, solver),
            slopes=_joined(slopes, old.slopes, solver),
            revision=options.revision,
            step=options.step,
        )
        early.tell(bundle)

    return Halt(early.t, tell)


def _joined(new: Tensor, old: Floats | Packed, solver: Solver) -> Floats:
    """The new knots, which begin where the solver does, and the old ones beyond them."""
    values = new.float().cpu().numpy()
    rest = solver.steps + 1 - len(values)
    if solver.direction == "forward":
        return np.concatenate([values, old[len(values) :]])
    return np.concatenate([old[:rest], values[::-1]])


def _bundle(document: Document, run: Trajectory) -> Bundle:
    return Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().numpy(),
        slopes=None if run.slopes is None else run.slopes.float().numpy(),
        method=document.solver.method,
        direction=document.solver.direction,
        evaluations=run.evaluations,
    )


def _with_lattice(bundle: Bundle, document: Document, field: Field, options: PlanOptions) -> Bundle:
    side = _LATTICE_COARSE if options.coarse else _LATTICE
    vertices = _lattice(build(_beginning(document)).extent, side)
    carried = _bundle(document, _carry(document, field, vertices, options))
    return dataclasses.replace(bundle, lattice=carried, lattice_shape=(side, side))


def _lattice(extent: tuple[float, float, float, float], side: int) -> Tensor:
    """Vertices (side^2, 2) of a square lattice about the middle of `extent`, row by row."""
    x0, x1, y0, y1 = extent
    half = max(x1 - x0, y1 - y0) / 2
    ticks = torch.linspace(-half, half, side)
    y, x = torch.meshgrid(ticks + (y0 + y1) / 2, ticks + (x0 + x1) / 2, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def _frames(document: Document, field: Field, bundle: Bundle) -> FieldFrames:
    """Velocities on a lattice over both ends; blank in cells that no mass passes at that t."""
    xs, ys = _axes(document)
    times = np.linspace(0.0, 1.0, _FRAMES, dtype=np.float32)
    shown = np.stack([_occupied(_mass(bundle, float(t)), xs, ys) for t in times])
    frame, row, column = np.nonzero(shown)
    x = torch.from_numpy(np.stack([xs[column], ys[row]], 1))
    values = np.full((*shown.shape, 2), np.nan, np.float32)
    values[shown] = field.velocity(x, torch.from_numpy(times[frame])).float().numpy()
    values.setflags(write=False)
    return FieldFrames(times=times, xs=xs, ys=ys, values=values)


def _axes(document: Document, along: int = _COLUMNS) -> tuple[Floats, Floats]:
    """Centres of square cells over the union of both extents, `along` on the longer side."""
    boxes = np.array([build(document.source).extent, build(document.target).extent])
    x0, y0 = boxes[:, [0, 2]].min(0)
    x1, y1 = boxes[:, [1, 3]].max(0)
    h = max(x1 - x0, y1 - y0, 1e-6) / along
    columns, rows = (max(2, round((high - low) / h)) for low, high in ((x0, x1), (y0, y1)))
    xs = (x0 + x1) / 2 + h * (np.arange(columns) - (columns - 1) / 2)
    ys = (y0 + y1) / 2 + h * (np.arange(rows) - (rows - 1) / 2)
    return xs.astype(np.float32), ys.astype(np.float32)


def _mass(bundle: Bundle, t: float) -> Floats:
    """The particles at t; where they are few, also samples of p_t."""
    points = bundle.at(t)
    if len(points) >= _SPARSE:
        return points
    blend = (1 - t) * bundle.source + t * bundle.target
    return np.concatenate([points, blend])


def _occupied(points: Floats, xs: Floats, ys: Floats) -> Floats:
    """Cells (H, W) that hold a particle or touch one that does."""
    h = (xs[-1] - xs[0]) / (len(xs) - 1)
    with np.errstate(invalid="ignore"):
        column, row = np.floor((points - (xs[0] - h / 2, ys[0] - h / 2)) / h).T
    inside = (column >= 0) & (column < len(xs)) & (row >= 0) & (row < len(ys))  # False for NaN
    counts = np.zeros((len(ys), len(xs)), np.float32)
    np.add.at(counts, (row[inside].astype(int), column[inside].astype(int)), 1)
    near = functional.max_pool2d(torch.from_numpy(counts)[None, None], 3, stride=1, padding=1)
    occupied: Floats = near[0, 0].numpy() > 0
    return occupied
