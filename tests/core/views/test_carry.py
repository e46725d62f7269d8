"""Particles carried along fields whose flows are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Gaussian, Moons
from flowlab.core.document.solver import Solver
from flowlab.core.learning import field
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.folded_layers import folded_layers
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.carry import carried, carried_for, with_lattice
from flowlab.core.views.field_frames import lattice_vertices
from flowlab.core.views.request import PlanOptions
from tests.helpers.randomness import rng

X = torch.randn(50, 2, generator=rng(0))


class Turning:
    """A quarter turn from t = 0 to 1, about the origin."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return math.pi / 2 * torch.stack([-x[:, 1], x[:, 0]], 1)


class Driven:
    """dx/dt of its own for each condition, constant."""

    def velocity(self, x: Tensor, t: float | Tensor, condition: Tensor) -> Tensor:
        return condition[:, None].float() * torch.ones(len(x), 2)


def turned(x: np.ndarray, angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return x @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_error_falls_with_the_order_of_the_solver(method: str, order: int) -> None:
    errors = []
    for steps in (8, 16):
        found = carried(Turning(), X.double(), Solver(method=method, steps=steps))
        errors.append(np.abs(found.points[-1] - turned(X.numpy(), math.pi / 2)).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_times_ascend_whatever_way_it_goes(direction: str) -> None:
    found = carried(Turning(), X, Solver(steps=16, direction=direction))
    assert (found.times[0], found.times[-1]) == (0.0, 1.0)
    assert bool((np.diff(found.times) > 0).all())
    start, sign = (0, 1) if direction == "forward" else (-1, -1)
    np.testing.assert_allclose(found.points[start], X, atol=1e-6)
    np.testing.assert_allclose(
        found.points[-1 - start], turned(X.numpy(), sign * math.pi / 2), atol=1e-4
    )
    assert (found.direction, found.method, found.evaluations) == (direction, "rk4", 64)
    assert found.knot_velocities is not None
    np.testing.assert_allclose(
        found.knot_velocities[start],
        Turning().velocity(X, 0.0),
        atol=1e-5,
    )


def test_workers_change_nothing() -> None:
    alone, shared = (carried(Turning(), X, Solver(steps=4), workers=k) for k in (1, 3))
    np.testing.assert_array_equal(alone.points, shared.points)


def test_each_particle_is_told_its_own_condition() -> None:
    condition = torch.arange(50)
    found = carried(Driven(), X, Solver(steps=4), condition=condition, workers=2, step=7)
    moved = found.points[-1] - X.numpy()
    np.testing.assert_allclose(moved, np.arange(50)[:, None] * np.ones((1, 2)), atol=1e-4)
    assert found.step == 7


@pytest.mark.parametrize("method", ["euler", "midpoint", "heun", "rk4"])
@pytest.mark.parametrize("how", ["plain", "one class", "own classes"])
def test_a_network_is_folded_once_for_all_times(
    how: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conditional = how != "plain"
    document = Document(target=Moons(), network=Network(width=8, depth=1, conditional=conditional))
    network = field_of(document, Trainer(document).weights())
    assert isinstance(network, LearnedVelocity)
    times: list[int] = []

    def counted(net, layers, at, *rest):  # type: ignore[no-untyped-def]
        times.append(len(at))
        return folded_layers(net, layers, at, *rest)

    monkeypatch.setattr(field, "folded_layers", counted)
    told = torch.arange(50) % 2 if how == "own classes" else None
    flow = network.for_class(1) if how == "one class" else network
    carried(flow, X, Solver(method=method, steps=6), condition=told, workers=2)
    assert times == [13 if method in ("midpoint", "rk4") else 7]


def test_it_stops_when_told() -> None:
    with pytest.raises(Cancelled):
        carried(Turning(), X, Solver(steps=100), cancelled=lambda: True)


def test_the_document_says_how_and_the_options_whether() -> None:
    document = Document(solver=Solver(method="euler", steps=3))
    found = carried_for(document, Turning(), X, PlanOptions())
    assert (found.method, len(found.times), found.evaluations) == ("euler", 4, 3)
    with pytest.raises(Cancelled):
        carried_for(document, Turning(), X, PlanOptions(cancelled=lambda: True))


@pytest.mark.parametrize(("coarse", "side"), [(False, 33), (True, 17)])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_a_lattice_over_the_end_where_it_starts_is_carried_along(
    coarse: bool, side: int, direction: str
) -> None:
    document = Document(
        source=Disc(radius=1.0),
        target=Gaussian(std_x=0.1, std_y=0.1, offset_x=9.0),
        solver=Solver(steps=16, direction=direction),
    )
    plain = carried_for(document, Turning(), X, PlanOptions())
    found = with_lattice(plain, document, Turning(), PlanOptions(coarse=coarse))
    assert found.points is plain.points
    assert found.lattice is not None
    assert found.lattice_shape == (side, side)
    start, sign = (0, 1) if direction == "forward" else (-1, -1)
    first = np.asarray(found.lattice.points[start])
    middle = (0.0, 0.0) if direction == "forward" else (9.0, 0.0)
    np.testing.assert_allclose(first.mean(0), middle, atol=1e-4)
    np.testing.assert_allclose(
        found.lattice.points[-1 - start], turned(first, sign * math.pi / 2), atol=1e-3
    )
    assert lattice_vertices((-1, 1, -1, 1), side).shape == (side**2, 2)
