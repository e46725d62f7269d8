"""SDE solvers against closed forms, their orders on refined paths, and their bookkeeping."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.solvers.sde import STEPPERS, Noise, integrate_sde
from flowlab.core.stochastic.settings import SDE_METHODS

N = 4000


def constant(eps: float) -> Noise:
    return Noise(lambda _t: eps, lambda t, u: eps * (u - t))


def relaxing(x: Tensor, _t: float) -> Tensor:
    return -3 * x


def ended(method: str, steps: int, noise: Noise, n: int = N) -> Tensor:
    x, dw = torch.full((n, 2), 2.0), brownian_increments(n, steps, 0)
    return integrate_sde(relaxing, noise, x, dw, method=method).points[-1]


def test_the_names_people_see_are_those_of_the_solvers() -> None:
    assert list(SDE_METHODS) == list(STEPPERS)


def test_an_ornstein_uhlenbeck_process_has_its_mean_and_variance() -> None:
    x = ended("stochastic_heun", 160, constant(0.7))
    mean, variance = 2 * math.exp(-3), 0.7 / 3 * (1 - math.exp(-6))
    assert abs(x.mean() - mean) < 4 * math.sqrt(variance / (2 * N))
    assert abs(x.var() / variance - 1) < 4 * math.sqrt(1 / N)


@pytest.mark.parametrize("method", list(STEPPERS))
def test_pure_noise_ends_at_the_path_itself(method: str) -> None:
    dw = brownian_increments(N, 40, 0)
    run = integrate_sde(
        lambda x, _t: torch.zeros_like(x), constant(0.5), torch.zeros(N, 2), dw, method=method
    )
    assert torch.allclose(run.points[-1], dw.sum(0), atol=1e-5)
    assert torch.allclose(run.times, torch.linspace(0, 1, 41))


def test_noise_that_varies_has_the_variance_of_its_integral() -> None:
    noise = Noise(lambda t: t**2, lambda t, u: (u**3 - t**3) / 3)
    dw = brownian_increments(N, 4, 0)
    still = integrate_sde(
        lambda x, _t: 0 * x, noise, torch.zeros(N, 2), dw, method="stochastic_heun"
    )
    assert abs(still.points[-1].var() / (2 / 3) - 1) < 4 * math.sqrt(1 / N)


@pytest.mark.parametrize(("method", "order"), [("euler_maruyama", 1), ("stochastic_heun", 2)])
def test_weak_order_of_the_second_moment_on_one_set_of_refined_paths(
    method: str, order: int
) -> None:
    counts = (20, 40, 80, 160) if order == 1 else (6, 12, 24, 48)
    moments = [float(ended(method, s, constant(0.7), 10 * N).square().mean()) for s in counts]
    changes = [abs(a - b) for a, b in pairwise(moments)]
    slopes = [math.log2(a / b) for a, b in pairwise(changes)]
    assert slopes == pytest.approx([order, order], abs=0.25)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_chunks_change_nothing_and_calls_are_counted(direction: str) -> None:
    dw, x = brownian_increments(300, 10, 0), torch.randn(300, 2)
    runs = [
        integrate_sde(relaxing, constant(1.0), x, dw, direction=direction, chunk=chunk)
        for chunk in (1000, 64)
    ]
    assert torch.equal(runs[0].points, runs[1].points)
    assert torch.equal(runs[0].points[0 if direction == "forward" else -1], x)
    assert [run.evaluations for run in runs] == [10, 10]


def test_in_reverse_time_descends_and_the_knots_ascend() -> None:
    asked: list[float] = []

    def drift(x: Tensor, t: float) -> Tensor:
        asked.append(t)
        return torch.ones_like(x)

    run = integrate_sde(
        drift,
        constant(0.0),
        torch.zeros(3, 2),
        brownian_increments(3, 4, 0),
        direction="reverse",
    )
    assert asked == [1.0, 0.75, 0.5, 0.25]
    assert run.points[:, 0, 0].tolist() == [-1.0, -0.75, -0.5, -0.25, 0.0]


def test_it_is_cancelled_and_tells_how_far_it_is() -> None:
    dw, told = brownian_increments(100, 5, 0), list[float]()
    integrate_sde(relaxing, constant(1.0), torch.zeros(100, 2), dw, chunk=40, progress=told.append)
    assert told == [0.4, 0.8, 1.0]
    with pytest.raises(Cancelled):
        integrate_sde(relaxing, constant(1.0), torch.zeros(100, 2), dw, cancelled=lambda: True)


def test_a_particle_that_is_lost_stays_lost() -> None:
    run = integrate_sde(
        lambda x, _t: 1e9 * x, constant(0.0), torch.ones(1, 2), brownian_increments(1, 5, 0)
    )
    assert run.points[:2].isfinite().all()
    assert run.points[-1].isnan().all()
