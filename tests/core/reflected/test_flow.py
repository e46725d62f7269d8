"""Flow matching between walls: what leaves them, what is reflected, and which lines cross."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Gaussian, Polygon, Shape
from flowlab.core.document.solver import METHODS, Solver
from flowlab.core.document.view import View
from flowlab.core.domains import Domain, disc, polygon, square
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.reflected.flow import evaluations, flow_between_walls
from flowlab.core.reflected.flow_results import WallFlow, wall_flow_of
from flowlab.core.reflected.flow_start import Start
from flowlab.core.reflected.folded import Fold, Folded
from flowlab.core.reflected.settings import STAR, Reflected
from flowlab.core.reflected.straight_lines import crosses, leaving, lines_between, outside_of
from flowlab.core.reflected.uniform_source import uniform_source
from flowlab.core.solvers.ode import integrate
from flowlab.core.solvers.tableaux import TABLEAUX
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import start_of

SQUARE = Reflected(walls="square", width=8.0)
ROUND = Reflected(walls="disc", width=8.0)
CORNERED = Reflected(walls="equilateral", width=8.0)
SPIKED = Reflected(walls="drawn")
MIDDLE = Polygon(vertices=((-1.0, -0.9), (1.2, -0.8), (0.1, 1.3)))
SPOT = Gaussian(std_x=0.1, std_y=0.1)


class Outwards:
    """A bad field: all goes to the upper right, and turns as it goes."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return 6 + torch.stack([-x[:, 1], x[:, 0]], 1) + 0 * x * t


class ToPoints:
    """The exact velocity from the uniform law between convex walls to equally likely points."""

    def __init__(self, domain: Domain, points: Doubles) -> None:
        self.domain, self.points = domain, torch.from_numpy(points)

    def mean(self, x: Tensor, t: float) -> Tensor:
        """E[x1 | x]: the mean of those points from whose line x can have been reached."""
        begin = (x[:, None].double() - t * self.points) / (1 - t)
        inside = self.domain.inside(begin.reshape(-1, 2)).reshape(begin.shape[:2]).double()
        known = inside.sum(1, keepdim=True) > 0
        return torch.where(known, inside @ self.points / inside.sum(1, keepdim=True), x.double())

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        t = min(float(t), 1 - 1e-9)
        return ((self.mean(x, t) - x) / (1 - t)).to(x.dtype)


def document(walls: Reflected, target: Shape = MIDDLE, n: int = 300, **parts: Any) -> Document:
    view = View(name="flow_between_walls", particles=n, shows=parts.pop("shows", "learned"))
    solver = parts.pop("solver", Solver(method="euler", steps=100))
    known: dict[str, Any] = {"source": uniform_source(walls), "view": view, "solver": solver}
    return Document(target=target, reflected=walls, **(known | parts))


def flows(given: Document, field: Any = None, **options: Any) -> WallFlow:
    bundle = flow_between_walls(given, field or Outwards(), PlanOptions(**options))
    found = wall_flow_of(bundle)
    assert found is not None
    return found


@lru_cache(maxsize=1)
def random_weights(scale: float = 1.5) -> LearnedVelocity:
    given = document(SQUARE, network=Network(width=16, depth=2))
    weights, rng = Trainer(given).weights(), np.random.default_rng(0)
    arrays = {
        name: array + rng.normal(0, scale, array.shape).astype(array.dtype) * ("net" in name)
        for name, array in weights.arrays.items()
    }
    return field_of(given, replace(weights, arrays=arrays))


# --- the exact flow needs no walls ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("walls", "target"), [(SQUARE, named("checkerboard")), (CORNERED, MIDDLE), (SQUARE, MIDDLE)]
)
def test_the_exact_flow_stays_between_convex_walls(walls: Reflected, target: Shape) -> None:
    solver = Solver(method="euler", steps=30)
    found = flows(document(walls, target, n=150, shows="exact", solver=solver))
    assert found.exact
    assert {pane.kind for pane in found.panes} == {"free", "reflected"}
    for pane in found.panes:
        assert pane.left == 0
        assert not pane.outside.any()


@pytest.mark.parametrize("steps", [3, 40])
@pytest.mark.parametrize("walls", [SQUARE, ROUND, CORNERED])
def test_euler_s_steps_along_an_exact_velocity_stay_inside(walls: Reflected, steps: int) -> None:
    """Each goes a share h / (1 - t) <= 1 of the way to E[x1 | x], which lies inside."""
    domain = walls_of(walls)
    ring = domain.rings[0]
    field = ToPoints(domain, ring[:: max(1, len(ring) // 5)])
    solver = Solver(method="euler", steps=steps)
    found = flows(document(walls, MIDDLE, solver=solver), field)
    free = found.pane("free")
    assert free is not None
    assert free.left == 0
    assert not free.outside.any()


@pytest.mark.parametrize("walls", [SQUARE, CORNERED])
def test_no_exact_velocity_points_out_of_convex_walls(walls: Reflected) -> None:
    domain = walls_of(walls)
    ring = domain.rings[0]
    ways = np.concatenate([(1 - s) * ring + s * np.roll(ring, -1, 0) for s in (0.1, 0.4, 0.8)])
    at_wall = domain.project(1.5 * ways)
    velocity = ToPoints(domain, ring).velocity(at_wall, 0.5)
    assert float(velocity.norm(dim=1).max()) > 1
    assert float((velocity * domain.normal(at_wall)).sum(1).min()) > -1e-6


# --- a learned one leaves, unless it is reflected -------------------------------------------------


@pytest.mark.parametrize(
    ("walls", "method"),
    [*((SPIKED, method) for method in METHODS), (SQUARE, "dopri5"), (ROUND, "rk4"),
     (CORNERED, "euler")],
)  # fmt: skip
def test_a_bad_flow_leaves_and_reflected_it_doesn_t(walls: Reflected, method: str) -> None:
    solver = Solver(method=method, steps=5)
    found = flows(document(walls, SPOT, n=60, solver=solver))
    free, reflected = found.pane("free"), found.pane("reflected")
    assert free is not None
    assert reflected is not None
    assert free.outside[-1] > 0.9
    assert free.left > 0.02
    assert not reflected.outside.any()
    assert reflected.left > 0.02
    domain = walls_of(walls)
    ends = np.asarray(reflected.bundle.points).reshape(-1, 2)
    assert not outside_of(domain, ends).any()


@pytest.mark.parametrize("walls", [SQUARE, SPIKED])
def test_no_weights_leave_when_reflected(walls: Reflected) -> None:
    given = document(walls, SPOT, n=200, solver=Solver(method="rk4", steps=6))
    found = flows(given, random_weights())
    free, reflected = found.pane("free"), found.pane("reflected")
    assert free is not None
    assert reflected is not None
    assert free.outside.max() > 0.05
    assert not reflected.outside.any()


def test_steps_that_leave_are_counted_once() -> None:
    walls, inside, beyond = square(2.0), np.array([[0.0, 0.0]]), np.array([[3.0, 0.0]])
    assert leaving(walls, inside, beyond).tolist() == [True]
    assert leaving(walls, beyond, 2 * beyond).tolist() == [False]  # it was outside already
    assert leaving(walls, beyond, inside).tolist() == [False]
    assert leaving(walls, inside, inside + 0.5).tolist() == [False]
    assert leaving(walls, inside, np.array([[np.nan, 0.0]])).tolist() == [True]
    assert leaving(walls, inside, np.array([[1.0, 0.0]])).tolist() == [False]  # on the wall


def test_lost_particles_are_not_drawn_inside() -> None:
    class Lost:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.where(x[:, :1] > 0, math.nan, x)

    reflected = flows(document(SQUARE, n=50), Lost()).pane("reflected")
    assert reflected is not None
    lost = np.asarray(reflected.bundle.points[0])[:, 0] > 0
    assert np.isnan(reflected.bundle.points[1][lost]).all()
    assert np.isfinite(reflected.bundle.points[:, ~lost]).all()
    assert reflected.outside[-1] == pytest.approx(lost.mean())


# --- how a step is folded -------------------------------------------------------------------------


@pytest.mark.parametrize("domain", [square(2.0), polygon(STAR[0])])
def test_a_velocity_behind_walls_is_turned_back_by_the_same_reflections(domain: Domain) -> None:
    rng = np.random.default_rng(1)
    x = domain.uniform(400, torch.Generator().manual_seed(2)).numpy()
    step, small = 4 * rng.normal(size=x.shape), 1e-7 * rng.normal(size=x.shape)
    fold, near = Fold.of(domain, x, step), Fold.of(domain, x, step + small)
    same = domain.follow(x, step).bounces == domain.follow(x, step + small).bounces
    assert set((domain.follow(x, step).bounces % 2).tolist()) == {0, 1}
    turned = fold.back((near.points - fold.points) / 1e-7)
    assert np.isclose(turned, small / 1e-7, atol=1e-5).all(axis=1)[same].mean() > 0.98
    v = rng.normal(size=x.shape)
    assert np.allclose(np.hypot(*fold.back(v).T), np.hypot(*v.T))


def test_a_particle_that_is_pushed_at_a_wall_slides_along_it() -> None:
    """Skorokhod's solution of dx = (2, 1) dt + dL: x stops at the wall, y goes on."""
    x = np.random.default_rng(3).uniform(-1, 1, (100, 2)) * (1.0, 0.3) - (0.0, 0.5)
    for method, tableau in TABLEAUX.items():
        steps = 50
        folded = Folded(square(2.0), lambda x, t: np.tile((2.0, 1.0), (len(x), 1)), tableau)
        ends = folded.points(x, np.linspace(0, 1, steps + 1))[-1]
        exact = np.minimum(x + np.array([2.0, 1.0]), 1.0)
        off = np.abs(ends - exact).max()
        assert off <= 2 * 2 / steps, method
        assert folded.evaluations == steps * len(tableau.weights)


@pytest.mark.parametrize("method", METHODS)
def test_far_from_walls_it_is_the_solver_s_flow(method: str) -> None:
    def velocity(x: Tensor, t: float) -> Tensor:
        return torch.stack([-x[:, 1], x[:, 0]], 1) * (1 + t) + torch.sin(x)

    x, solver = torch.randn(50, 2, dtype=torch.float64) / 2, Solver(method=method, steps=6)
    run = integrate(velocity, x, solver)
    folded = Folded(disc(50.0), lambda x, t: velocity(torch.from_numpy(x), t).numpy(),
                    TABLEAUX[method])  # fmt: skip
    points = folded.points(x.numpy(), run.times.double().numpy(), 4)
    assert folded.met == 0
    assert np.allclose(points[::4], run.points.numpy(), atol=1e-3 if method == "dopri5" else 1e-5)


# --- straight lines -------------------------------------------------------------------------------


def annulus(outer: float, inner: float) -> Domain:
    turn = np.linspace(0, 2 * np.pi, 721)[:-1]
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    return polygon(outer * circle, [inner * circle])


def test_as_many_lines_cross_a_ring_s_hole_as_do_in_closed_form() -> None:
    """From radii r and q a line misses the hole if the angle is < acos(a/r) + acos(a/q)."""
    outer, inner = 4.0, 1.5
    share = outer**2 * math.acos(inner / outer) - inner * math.sqrt(outer**2 - inner**2)
    known = 1 - 2 / math.pi * share / (outer**2 - inner**2)
    domain, n = annulus(outer, inner), 20_000
    x = domain.uniform(2 * n, torch.Generator().manual_seed(0)).numpy()
    found = crosses(domain, x[:n], x[n:]).mean()
    assert found == pytest.approx(known, abs=4 * math.sqrt(known * (1 - known) / n))


def test_the_lines_of_a_document_are_counted_with_their_error_and_some_are_shown() -> None:
    outer, inner = 4.0, 1.5
    ring = Disc(radius=outer * 0.999, hole=inner / outer + 0.002)
    share = outer**2 * math.acos(inner / outer) - inner * math.sqrt(outer**2 - inner**2)
    known = 1 - 2 / math.pi * share / (outer**2 - inner**2)
    made = lines_between(ring, ring, Coupling(), annulus(outer, inner), 0, 65)
    assert made is not None
    pairs, outside, found = made
    assert len(pairs) == 5000
    assert found.crossing == pytest.approx(known, abs=4 * found.crossing.error + 0.003)
    assert found.crossing.error == pytest.approx(math.sqrt(known * (1 - known) / 5000), rel=0.05)
    assert outside[0] == outside[-1] == 0
    assert found.beyond == pytest.approx(outside.mean(), abs=0.01)
    middle = found.shown.reshape(-1, 2, 2)
    assert len(middle) == 20
    way = np.linspace(0, 1, 101)[:, None, None]
    places = (1 - way) * middle[:, 0] + way * middle[:, 1]
    assert (np.hypot(*places.transpose(2, 0, 1)).min(0) < inner).all()


def test_no_line_crosses_convex_walls() -> None:
    for walls in (SQUARE, ROUND, CORNERED):
        source = uniform_source(walls)
        made = lines_between(source, source, Coupling(), walls_of(walls), 1, 33)
        assert made is not None
        assert made[2].crossing == made[2].beyond == 0
        assert not made[1].any()


def test_the_exact_flow_is_outside_as_much_as_the_lines() -> None:
    tips = Polygon(vertices=((-0.3, 1.5), (0.3, 1.5), (0.0, 2.2)))
    found = flows(document(SPIKED, tips, n=1000, shows="exact", solver=Solver(steps=10)))
    lines, free = found.pane("lines"), found.pane("free")
    assert lines is not None
    assert free is not None
    error = 4 * math.sqrt(0.25 / 1000)
    assert lines.outside.max() > 0.03
    assert np.abs(lines.outside - free.outside).max() < error
    assert lines.bundle.method == "lines"
    assert len(lines.bundle.pairs) == 20


# --- the bundle -----------------------------------------------------------------------------------


def test_all_panes_begin_alike_and_are_reproducible() -> None:
    given = document(SQUARE, MIDDLE, n=100, solver=Solver(steps=4))
    one, other = flows(given), flows(given)
    free, *others = [pane.bundle for pane in one.panes]
    assert [pane.kind for pane in one.panes] == ["free", "reflected", "exact"]
    for bundle in others:
        assert np.array_equal(bundle.points[0], free.points[0])
    for pane, again in zip(one.panes, other.panes, strict=True):
        assert np.array_equal(pane.bundle.points, again.bundle.points)
        assert pane.w2 == again.w2
    assert evaluations(given) == 2 * 16
    assert {pane.bundle.evaluations for pane in one.panes} == {16}
    few = flows(given, coarse=True, few=30)
    assert np.array_equal(few.panes[1].bundle.points[0], free.points[0][:30])
    assert few.fresh is None
    assert flows(given, training=True).fresh is None


def test_the_exact_flow_is_carried_once_while_a_network_trains() -> None:
    given = document(SQUARE, MIDDLE, n=400, solver=Solver(steps=3), seed=7)
    counts = [[p.bundle.count for p in flows(given, training=True).panes] for _ in range(2)]
    assert counts == [[400, 400, 250]] * 2
    whole, some = flows(given), flows(given, training=True)
    few = flows(given, coarse=True, few=20)
    assert [p.bundle.count for p in some.panes] == [400] * 3
    assert [p.bundle.count for p in few.panes] == [20] * 3
    ends = np.asarray(whole.panes[2].bundle.points)
    assert np.array_equal(some.panes[2].bundle.points, ends)
    assert np.array_equal(few.panes[2].bundle.points, ends[:, :20])


def test_distances_are_those_of_the_ends() -> None:
    given = document(SQUARE, uniform_source(SQUARE), n=1000, solver=Solver(steps=4))

    class Still:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return 0 * x * t

    found = flows(given, Still())
    assert found.fresh is not None
    for kind in ("free", "reflected"):
        pane = found.pane(kind)
        assert pane is not None
        assert pane.w2 is not None
        assert pane.w2 < 2.5 * found.fresh.w2
    bad = flows(given).pane("reflected")
    assert bad is not None
    assert bad.w2 is not None
    assert bad.w2 > 5 * found.fresh.w2


def test_particles_of_a_conditional_network_have_classes() -> None:
    target = named("checkerboard")
    given = document(SQUARE, target, n=40, network=Network(conditional=True, width=8, depth=2),
                     solver=Solver(steps=2))  # fmt: skip
    field = field_of(given, Trainer(given).weights())
    bundle = flow_between_walls(given, field, PlanOptions())
    assert bundle.classes == field.classes
    assert bundle.labels is not None
    assert set(bundle.labels.tolist()) <= set(field.classes)


def test_both_ends_must_lie_between_the_walls() -> None:
    wide = Gaussian(std_x=3.0, std_y=3.0)
    with pytest.raises(Invalid, match="of the source lies outside the walls"):
        flows(document(SQUARE, source=wide))
    with pytest.raises(Invalid, match="of the target lies outside the walls"):
        flows(document(SQUARE, wide))
    clipped = flows(document(replace(SQUARE, clip=True), wide, n=200, source=wide,
                             solver=Solver(steps=2)))  # fmt: skip
    for pane in clipped.panes:
        assert not outside_of(walls_of(SQUARE), pane.bundle.points[0]).any()


@pytest.mark.parametrize(
    ("walls", "kind"),
    [
        (SQUARE, "polygon"),
        (Reflected(walls="rectangle", width=3.0, height=1.0, center_x=40.0), "polygon"),
        (ROUND, "disc"),
        (Reflected(walls="disc", width=90.0), "polygon"),  # larger than a disc may be
        (CORNERED, "polygon"),
        (SPIKED, "polygon"),
    ],
)
def test_the_uniform_source_is_uniform_between_the_walls(walls: Reflected, kind: str) -> None:
    from flowlab.core.distributions.factory import build

    shape, domain = uniform_source(walls), walls_of(walls)
    assert shape.kind == kind
    inside = domain.uniform(50, torch.Generator().manual_seed(0))
    middle = domain.project(0.99 * inside + 0.01 * inside.mean(0))
    density = build(shape).log_prob(middle).exp()
    assert float((density * domain.area - 1).abs().median()) < 1e-3
    x = build(shape).sample(2000, torch.Generator().manual_seed(1))
    assert not outside_of(domain, x.numpy()).any()


def test_walls_with_a_hole_have_no_uniform_source() -> None:
    hole = tuple((x / 4, y / 4) for x, y in STAR[0])
    with pytest.raises(Invalid, match="no uniform source"):
        uniform_source(Reflected(walls="drawn", outline=(STAR[0], hole)))


def test_particles_begin_as_in_every_view_of_a_flow_and_memory_is_minded() -> None:
    given = document(SQUARE, n=50)
    start = Start.of(given, Outwards(), PlanOptions(coarse=True), exact=False)
    x, _ = start_of(given, PlanOptions())
    assert torch.equal(start.x.float(), x)
    assert len(Start.of(given, Outwards(), PlanOptions(coarse=True, few=9), exact=False).x) == 9
    many = document(SQUARE, n=1_000_000, solver=Solver(steps=200))
    with pytest.raises(Invalid, match="GB of memory"):
        flows(many)
