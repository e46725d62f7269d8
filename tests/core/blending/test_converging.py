"""Chains of growing N: nearer the exact path by N^-1/2, and their steps' squares sum to 1 / N."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.blending import chain, converge, deblender_of
from flowlab.core.blending.converging import order_of
from flowlab.core.blending.factory import oracle_between
from flowlab.core.blending.interfaces import Generators
from flowlab.core.blending.results import Convergence
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.solver import Solver
from flowlab.core.exact import extended_field
from flowlab.core.solvers.ode import integrate

PAIRS = {
    "polygons": (named("triangle"), named("rhombus")),
    "Gaussians": (Gaussian(offset_x=-3.0), Gaussian(std_x=0.4, std_y=2.0, offset_y=2.0)),
    "to a disc": (named("square"), named("disc")),
}


def study(name: str, n: int, steps: tuple[int, ...]) -> Convergence:
    source, target = PAIRS[name]
    deblender, rng = deblender_of(source, target), Generators(torch.Generator().manual_seed(2))
    start = deblender.sources(n, rng)
    x, oracle = torch.from_numpy(start.T.copy()), oracle_between(source, target)
    run = integrate(extended_field(oracle).velocity, x, Solver(method="rk4", steps=32))
    return converge(deblender, start, run.points[-1].numpy(), rng, steps=steps)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_the_distance_to_the_exact_path_falls_as_the_root_of_n(name: str) -> None:
    found = study(name, 400, (16, 32, 64, 128))
    log_n = np.log(found.steps)
    weights = (log_n - log_n.mean()) / np.square(log_n - log_n.mean()).sum()
    slope = float(weights @ np.log(found.distance))
    error = float(np.sqrt(np.square(weights) @ np.square(found.error / found.distance)))
    assert abs(slope + 0.5) < 3 * error + 0.03  # terms of higher order bend it a little


def test_the_squares_of_the_steps_sum_to_the_pairs_mean_square_over_n() -> None:
    """E sum |x_{k+1} - x_k|^2 = E|x1 - x0|^2 / N exactly: |difference of means|^2 + both traces."""
    found = study("Gaussians", 600, (1, 4, 16))
    expected = (9 + 4 + 2 + 0.16 + 4) / found.steps
    np.testing.assert_allclose(found.variation, expected, rtol=0.12)


def test_the_slope_is_that_of_the_larger_half() -> None:
    n = 2.0 ** np.arange(10)
    assert order_of(n, 3 * n**-0.5) == pytest.approx(-0.5)
    assert order_of(n, np.where(n < 20, 7.0, n**-1.0)) == pytest.approx(-1.0)
    assert np.isnan(order_of(n, np.zeros(10)))


def test_the_standard_error_is_that_of_a_mean() -> None:
    found = study("Gaussians", 300, (8,))
    source, target = PAIRS["Gaussians"]
    deblender, rng = deblender_of(source, target), Generators(torch.Generator().manual_seed(2))
    start = deblender.sources(300, rng)
    x, oracle = torch.from_numpy(start.T.copy()), oracle_between(source, target)
    ends = integrate(extended_field(oracle).velocity, x, Solver(method="rk4", steps=32)).points[-1]
    generator = torch.Generator().manual_seed(3)
    again = [
        np.linalg.norm(
            chain(source, target, 300, 8, generator, start=x).points[-1] - ends.numpy(), axis=1
        ).mean()
        for _ in range(25)
    ]
    # common starts: what differs between runs is what differs between chains, or less
    assert 0.25 * found.error[0] < np.std(again) < 1.4 * found.error[0]
