"""Likelihoods against closed forms, and their integrals against one."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from torch import Tensor

import flowlab
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Polygon, Ring
from flowlab.core.exact import oracle_for
from flowlab.core.metrics import likelihood_map, log_likelihood
from flowlab.core.solvers.ode import Cancelled
from flowlab.files import session
from flowlab.resources import asset
from flowlab.run import Run

TARGET = Gaussian(offset_x=2.0, offset_y=-1.0, scale=1.5)


class Affine:
    """X_t = (1 + t / 2) X_0 + t (2, -1): from N(0, I) to N((2, -1), 1.5^2 I)."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        shift = x.new_tensor([2.0, -1.0])
        start = (x - t * shift) / (1 + t / 2)
        return start / 2 + shift


@pytest.mark.parametrize(("method", "steps"), [("rk4", 20), ("dopri5", 1), ("heun", 200)])
def test_of_a_linear_flow_between_gaussians_it_has_its_closed_form(method: str, steps: int) -> None:
    x = build(TARGET).sample(300, torch.Generator().manual_seed(1))
    found = log_likelihood(Affine(), build(Gaussian()), x, steps=steps, method=method)
    torch.testing.assert_close(found, build(TARGET).log_prob(x).double(), rtol=1e-4, atol=1e-4)


def test_at_every_time_the_exact_field_carries_the_exact_density() -> None:
    document = Document(target=Ring())
    oracle = oracle_for(document)
    assert oracle is not None
    for t in (0.0, 0.3, 1.0):
        x = oracle.sample(torch.full((60,), t), torch.Generator().manual_seed(2))
        found = log_likelihood(oracle, build(document.source), x, steps=14, t=t)
        torch.testing.assert_close(found, oracle.log_density(x, t), rtol=0, atol=5e-3)


def test_a_wrong_trace_would_show() -> None:
    """Without the divergence the density of a widening flow would be too high by its area."""
    x = torch.zeros(1, 2) + torch.tensor([2.0, -1.0])
    centre = log_likelihood(Affine(), build(Gaussian()), x)
    base = build(Gaussian()).log_prob(torch.zeros(1, 2)).double()
    assert float(base - centre) == pytest.approx(2 * np.log(1.5), abs=1e-6)


@functools.cache
def trained(name: str) -> Run:
    opened = session.load(asset(f"presets/{name}.flowlab"))
    assert opened.weights is not None
    return Run(document=opened.document, weights=opened.weights)


@pytest.mark.slow
def test_the_density_of_a_trained_preset_integrates_to_one_and_is_that_of_its_target() -> None:
    run = trained("eight_gaussians")
    axis = np.linspace(-9, 9, 64)
    found = likelihood_map(run.field, build(run.document.source), axis, axis, steps=16)
    assert found.integral == pytest.approx(1, abs=0.01)
    y, x = torch.meshgrid(*[torch.from_numpy(axis)] * 2, indexing="ij")
    points = torch.stack([x, y], -1).reshape(-1, 2)
    exact = build(run.document.target).log_prob(points).double().reshape(64, 64)
    cell = (axis[1] - axis[0]) ** 2
    divergence = float((exact.exp() * (exact - found.log_density)).sum()) * cell
    assert 0 < divergence < 0.1  # of the target from the learned flow, in nats
    assert bool(found.log_density.isfinite().any())


def test_a_grid_that_misses_mass_integrates_to_what_it_holds() -> None:
    xs, ys = np.linspace(2, 14, 41), np.linspace(-13, 11, 61)  # one half of the plane
    found = likelihood_map(Affine(), build(Gaussian()), xs, ys, steps=12)
    assert found.log_density.shape == (61, 41)
    assert found.integral == pytest.approx(0.5, abs=2e-3)


def test_where_the_source_has_nothing_there_is_no_density() -> None:
    distribution = build(Polygon())
    found = log_likelihood(Affine(), distribution, torch.tensor([[50.0, 50.0], [2.0, -1.0]]))
    assert found[0] == -torch.inf

    class Lost:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.full_like(x, torch.nan)

    assert log_likelihood(Lost(), build(Gaussian()), torch.zeros(2, 2)).tolist() == [-np.inf] * 2


def test_what_cannot_be_computed_is_refused_in_words() -> None:
    distribution, x = build(Gaussian()), torch.zeros(3, 2)
    with pytest.raises(Invalid, match="no solver 'teapot'"):
        log_likelihood(Affine(), distribution, x, method="teapot")
    with pytest.raises(Invalid, match="at least 1"):
        log_likelihood(Affine(), distribution, x, steps=0)
    with pytest.raises(Invalid, match=r"^t must be a number from 0"):
        log_likelihood(Affine(), distribution, x, t=1.5)
    with pytest.raises(Invalid, match=r"\(n, 2\)"):
        log_likelihood(Affine(), distribution, torch.zeros(3))
    with pytest.raises(Invalid, match="ascending"):
        likelihood_map(Affine(), distribution, [1.0, 0.0], [0.0, 1.0])
    with pytest.raises(Cancelled):
        log_likelihood(Affine(), distribution, x, cancelled=lambda: True)
    assert len(log_likelihood(Affine(), distribution, torch.zeros(0, 2))) == 0


def test_it_is_a_scripting_name() -> None:
    run = trained("eight_gaussians")
    distribution = flowlab.distribution("gaussian")
    found = flowlab.metrics.log_likelihood(
        run.field, distribution, [[4.0, 0.0], [30.0, 30.0]], steps=10
    )
    assert found[0] > found[1]
