"""The continuity equation holds for exact fields, and wrong ones are found out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import oracle_for
from flowlab.core.metrics import continuity_residual, log_likelihood

AXIS = np.linspace(-7, 7, 30)


@pytest.mark.parametrize("t", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_the_exact_velocity_carries_the_exact_density(t: float) -> None:
    oracle = oracle_for(Document(target=Ring()))
    assert oracle is not None
    assert continuity_residual(oracle.density, oracle.velocity, t, AXIS, AXIS) < 1e-3


@pytest.mark.parametrize(("scale", "expected"), [(-1.0, 1.0), (1.5, 0.2), (0.0, 1.0)])
def test_a_wrong_velocity_leaves_a_residual(scale: float, expected: float) -> None:
    """rate + s flux = (1 - s) rate, over (1 + |s|) |rate|."""
    oracle = oracle_for(Document(target=Ring()))
    assert oracle is not None

    def wrong(x: Tensor, t: float) -> Tensor:
        return scale * oracle.velocity(x, t)

    found = continuity_residual(oracle.density, wrong, 0.5, AXIS, AXIS)
    assert found == pytest.approx(expected, abs=1e-3)


def test_adding_a_flow_that_moves_nothing_changes_nothing() -> None:
    """Turning about the centre of a Gaussian is carried by no density of it."""
    oracle = oracle_for(Document(target=Gaussian(scale=2.0)))
    assert oracle is not None

    def turning(x: Tensor, t: float) -> Tensor:
        return oracle.velocity(x, t) + 3 * torch.stack([-x[:, 1], x[:, 0]], 1)

    assert continuity_residual(oracle.density, turning, 0.5, AXIS, AXIS) < 1e-3


def test_any_field_carries_its_own_likelihood() -> None:
    class Swirl:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            a, b = x.unbind(1)
            return torch.stack([torch.sin(b) + 0.5 * a, t * torch.cos(a)], 1)

    distribution, axis = build(Gaussian()), np.linspace(-2, 2, 9)

    def density(x: Tensor, t: float) -> Tensor:
        return log_likelihood(Swirl(), distribution, x, steps=20, t=t).exp()

    assert continuity_residual(density, Swirl().velocity, 0.6, axis, axis) < 1e-3


def test_no_density_counts_as_nothing_and_unknown_points_are_left_out() -> None:
    oracle = oracle_for(Document(target=Gaussian(offset_x=2.0)))
    assert oracle is not None

    def cut(x: Tensor, t: float) -> Tensor:
        return oracle.density(x, t) * (x[:, 0] < 1.0)

    def partly(x: Tensor, t: float) -> Tensor:
        return torch.where(x[:, :1] < 1.0, oracle.velocity(x, t), torch.nan)

    axis = np.linspace(-3, 4.01, 40)
    assert continuity_residual(cut, partly, 0.5, axis, axis) < 1e-3
    with pytest.raises(Invalid, match="step of time"):
        continuity_residual(cut, partly, 0.5, axis, axis, dt=0.0)
