"""Model error and integration error of flows whose ends are known in closed form."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.metrics import carrying_errors, integration_error, model_error

START = torch.randn(400, 2, generator=torch.Generator().manual_seed(1))


class Shift:
    def __init__(self, by: float) -> None:
        self.by = by

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return torch.full_like(x, self.by)


class Growth:
    """dx/dt = x, so that x(1) = e x(0)."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return x


def radius(x: Tensor) -> float:
    return float((x - x.mean(0)).square().sum(1).mean().sqrt())


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_model_error_is_how_far_apart_two_fields_carry(direction: str) -> None:
    found = model_error(Shift(2.5), Shift(2.0), START, fine=4, direction=direction)
    assert found == pytest.approx(0.5 * 2**0.5 / radius(START), rel=1e-5)


@pytest.mark.parametrize("steps", [4, 16])
def test_integration_error_is_that_of_the_solver_alone(steps: int) -> None:
    found = integration_error(Growth(), Solver(method="euler", steps=steps), START)
    size = float(START.square().sum(1).mean().sqrt())
    expected = (math.e - (1 + 1 / steps) ** steps) * size / (math.e * radius(START))
    assert found == pytest.approx(expected, rel=1e-4)


def test_both_at_once_share_their_radius_and_a_missing_oracle_is_none() -> None:
    solver = Solver(method="heun", steps=3)
    both = carrying_errors(Growth(), Shift(0.0), solver, START)
    assert both.integration == integration_error(Growth(), solver, START)
    size = float(START.square().sum(1).mean().sqrt())
    assert both.model == pytest.approx((math.e - 1) * size / (math.e * radius(START)), rel=1e-4)
    assert carrying_errors(Growth(), None, solver, START).model is None


def test_a_few_particles_may_leave_the_support_of_the_exact_field() -> None:
    class Edge(Shift):
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            found = super().velocity(x, t)
            return torch.where(x[:, :1] > 2.5, torch.nan, found)

    few = carrying_errors(Shift(0.25), Edge(0.0), Solver(), START).model
    assert few == pytest.approx(0.25 * 2**0.5 / radius(START), rel=0.05)
    with pytest.raises(Invalid, match="support"):
        carrying_errors(Shift(0.0), Edge(9.0), Solver(), START)
    with pytest.raises(Invalid, match="one place"):
        carrying_errors(Shift(0.0), None, Solver(), torch.zeros(5, 2))
