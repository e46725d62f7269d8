"""Hutchinson's estimate: unbiased, with the spread that it claims, and that of a direct solve."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Gaussian
from flowlab.core.metrics import log_likelihood
from flowlab.core.metrics.divergence import jacobian
from flowlab.core.metrics.hutchinson import PathLikelihoods, path_likelihoods, rademacher
from flowlab.core.solvers.ode import Cancelled


class Bent:
    """A field whose Jacobian has all four entries, none of them constant."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        u, v = x.unbind(1)
        return torch.stack([torch.sin(u + 0.5 * v), 0.7 * torch.cos(v - u) + 0.2 * u * v], 1)


SOURCE = build(Gaussian())
POINTS = torch.randn(40, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(scope="module")
def solved() -> PathLikelihoods:
    return path_likelihoods(Bent(), SOURCE, POINTS, steps=20)


def direct(z: Tensor) -> Tensor:
    """log p_1 with z^T J z by one backward product a step, in place of the divergence: by RK4."""

    def rates(state: Tensor) -> Tensor:
        x = state[:, :2].detach().requires_grad_()
        v = Bent().velocity(x, 0.0)
        (product,) = torch.autograd.grad((v * z).sum(), x)
        return torch.cat([v.detach(), (product * z).sum(1, keepdim=True)], 1)

    state, h = torch.cat([POINTS, torch.zeros(len(POINTS), 1).double()], 1), -1 / 20
    for _ in range(20):
        a = rates(state)
        b = rates(state + h / 2 * a)
        c = rates(state + h / 2 * b)
        d = rates(state + h * c)
        state = state + h / 6 * (a + 2 * b + 2 * c + d)
    return SOURCE.log_prob(state[:, :2]).double() + state[:, 2]


def test_each_z_gives_what_a_direct_solve_with_it_gives(solved: PathLikelihoods) -> None:
    z = rademacher(3, len(POINTS), torch.Generator().manual_seed(2))
    for one in z:
        torch.testing.assert_close(
            solved.estimate(one[None]), direct(one.double()), rtol=0, atol=1e-6
        )


def test_the_exact_one_is_that_of_log_likelihood(solved: PathLikelihoods) -> None:
    exact = log_likelihood(Bent(), SOURCE, POINTS, steps=20)
    torch.testing.assert_close(solved.exact, exact, rtol=0, atol=1e-9)


def test_the_mean_of_256_is_within_three_standard_errors(solved: PathLikelihoods) -> None:
    z = rademacher(256, len(POINTS), torch.Generator().manual_seed(3))
    singles = torch.stack([solved.estimate(one[None]) for one in z])
    error = singles.std(0) / math.sqrt(256)
    assert bool(((singles.mean(0) - solved.exact).abs() < 3 * error + 1e-12).double().mean() > 0.97)
    overall = (solved.estimate(z) - solved.exact) / (solved.cross.abs() / 16)
    assert abs(float(overall.mean())) < 3 / math.sqrt(len(POINTS))
    torch.testing.assert_close(singles.std(0), solved.cross.abs(), rtol=0.03, atol=1e-9)


def test_the_spread_falls_as_the_root_of_the_number_of_z(solved: PathLikelihoods) -> None:
    rng, ks = torch.Generator().manual_seed(4), (1, 4, 16, 64)
    spreads = []
    for k in ks:
        off = [solved.estimate(rademacher(k, len(POINTS), rng)) - solved.exact for _ in range(60)]
        spreads.append(float((torch.stack(off) / solved.cross).square().mean().sqrt()))
    slope = np.polyfit(np.log(ks), np.log(spreads), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)
    assert spreads[0] == pytest.approx(1, abs=1e-6)


def test_z_has_independent_signs() -> None:
    z = rademacher(64, 500, torch.Generator().manual_seed(5)).double()
    assert set(z.unique().tolist()) == {-1.0, 1.0}
    assert abs(float(z.prod(2).mean())) < 3 / math.sqrt(z[..., 0].numel())


def test_progress_rises_to_its_end_and_a_request_can_be_dropped() -> None:
    told: list[float] = []
    path_likelihoods(Bent(), SOURCE, POINTS, steps=4, progress=told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < 0.1 < 0.9 < told[-1] <= 1
    with pytest.raises(Cancelled):
        path_likelihoods(Bent(), SOURCE, POINTS, steps=4, cancelled=lambda: True)


def test_the_jacobian_by_differences_is_that_by_hand_and_by_autograd() -> None:
    class Plain(Bent):
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return super().velocity(x.detach(), t)

    u, v = POINTS.unbind(1)
    a, b = torch.cos(u + 0.5 * v), 0.7 * torch.sin(v - u)
    by_hand = torch.stack(
        [torch.stack([a, 0.5 * a], 1), torch.stack([b + 0.2 * v, -b + 0.2 * u], 1)], 1
    )
    torch.testing.assert_close(jacobian(Bent(), POINTS, 0.3)[1], by_hand)
    torch.testing.assert_close(jacobian(Plain(), POINTS, 0.3)[1], by_hand, rtol=0, atol=1e-8)
