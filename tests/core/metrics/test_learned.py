"""Errors against the exact field: known ones are found, and they agree with Monte Carlo losses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import Oracle, oracle_for
from flowlab.core.interpolants.paths import LINEAR
from flowlab.core.metrics import (
    angle_error,
    compare,
    excess_loss,
    velocity_error_by_time,
    velocity_error_map,
)

DOCUMENT = Document(target=Ring())


class Wrong:
    """The exact field times a factor, turned by an angle, with a wave of x on top."""

    def __init__(self, factor: float = 1.0, degrees: float = 0.0, wave: float = 0.0) -> None:
        a = math.radians(degrees)
        turn = [[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]
        self.matrix = factor * torch.tensor(turn, dtype=torch.float64)
        self.wave = wave

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        exact = oracle().velocity(x.double(), t) @ self.matrix
        return (exact + self.wave * torch.sin(2 * x.double())).to(x)


def oracle() -> Oracle:
    found = oracle_for(DOCUMENT)
    assert found is not None
    return found


def test_excess_loss_is_the_difference_of_monte_carlo_losses() -> None:
    field, n, bins = Wrong(1.1, 5.0, 0.5), 40_000, 4
    found = excess_loss(field, oracle(), DOCUMENT, bins=bins, n=8000)
    rng = torch.Generator().manual_seed(99)
    x0, x1 = build(DOCUMENT.source).sample(n, rng), build(DOCUMENT.target).sample(n, rng)
    t = torch.rand(n, generator=rng)
    x = LINEAR.point(x0, x1, t)
    losses = [
        (each.velocity(x.double(), t.double()) - (x1 - x0)).square().sum(1)
        for each in (field, oracle())
    ]
    gap = (losses[0] - losses[1]).numpy()
    which = (t * bins).long().numpy()
    for i in range(bins):
        own = gap[which == i]
        error = np.hypot(own.std() / len(own) ** 0.5, found.errors[i])
        assert found.values[i] == pytest.approx(own.mean(), abs=4 * error)
    assert found.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_its_standard_error_is_the_scatter_of_repetitions() -> None:
    runs = [
        excess_loss(Wrong(wave=0.5), oracle(), DOCUMENT, bins=2, n=800, seed=s) for s in range(24)
    ]
    scatter = np.std([run.values for run in runs], axis=0, ddof=1)
    claimed = np.mean([run.errors for run in runs], axis=0)
    np.testing.assert_allclose(claimed, scatter, rtol=0.4)


def test_a_factor_is_found_as_a_relative_error_and_as_no_angle() -> None:
    relative = velocity_error_by_time(Wrong(1.25), oracle(), DOCUMENT, bins=2, n=800)
    np.testing.assert_allclose(relative.values, 0.25, rtol=1e-5)
    np.testing.assert_allclose(relative.errors, 0, atol=1e-6)
    angle = angle_error(Wrong(1.25), oracle(), DOCUMENT, bins=2, n=800)
    np.testing.assert_allclose(angle.values, 0, atol=1e-3)


@pytest.mark.parametrize("degrees", [10.0, -90.0, 170.0])
def test_a_turn_is_found_as_its_angle(degrees: float) -> None:
    found = angle_error(Wrong(2.0, degrees), oracle(), DOCUMENT, bins=3, n=1200)
    np.testing.assert_allclose(found.values, abs(degrees), atol=1e-3)


def test_the_exact_field_has_no_excess_and_its_power_is_the_golden_number() -> None:
    """int E|b|^2 = 17.841(5) for N(0, I) to eight Gaussians at radius 5 with deviation 0.7."""
    shape = Ring(count=8, radius=5.0, std=0.7)
    document = Document(target=shape)
    exact = oracle_for(document)
    assert exact is not None

    class Still:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.zeros_like(x)

    power = excess_loss(Still(), exact, document, bins=10, n=20_000)
    error = float(np.sqrt(np.square(power.errors).sum())) / 10
    assert power.values.mean() == pytest.approx(17.841, abs=4 * error + 0.01)
    assert excess_loss(exact, exact, document, n=200).values.max() < 1e-9


def test_all_bins_together_are_their_mean() -> None:
    found = compare(Wrong(wave=1.0), oracle(), DOCUMENT, bins=4, n=4000)
    whole, parts = found.pooled().excess(), found.excess()
    assert whole.values[0] == pytest.approx(parts.values.mean())
    assert whole.counts[0] == parts.counts.sum() == 3968  # 62 at each of 64 times


def test_samples_off_the_support_are_left_out() -> None:
    class Half:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.where(x[:, :1] > 0, oracle().velocity(x, t), torch.nan)

        def __getattr__(self, name: str) -> object:
            return getattr(oracle(), name)

    found = compare(Wrong(), Half(), DOCUMENT, bins=2, n=1000)  # type: ignore[arg-type]
    assert 400 < len(found.which) < 600
    with pytest.raises(Invalid, match="at least 160 samples"):
        compare(Wrong(), oracle(), DOCUMENT, bins=10, n=5)


def test_the_map_shows_where_and_weighs_by_the_mass() -> None:
    axis = np.linspace(-7, 7, 60)
    found = velocity_error_map(Wrong(1.25), oracle(), 0.5, axis, axis)
    assert found.relative == pytest.approx(0.25, rel=1e-5)
    assert found.error.shape == (60, 60)
    cell = (axis[1] - axis[0]) ** 2
    whole = float(found.weighted.sum()) * cell
    bins = excess_loss(Wrong(1.25), oracle(), DOCUMENT, bins=25, n=15_000)
    error = bins.errors[12]
    assert whole == pytest.approx(bins.values[12], abs=5 * error)  # the bin around t = 1/2


def test_gaussians_have_their_excess_in_closed_form() -> None:
    """A constant wrong by c has the excess |c|^2 at every t, whatever the density."""
    document = Document(target=Gaussian(offset_x=2.0))
    exact = oracle_for(document)
    assert exact is not None

    class Shifted:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return exact.velocity(x, t) + x.new_tensor([0.3, -0.4])

    found = excess_loss(Shifted(), exact, document, bins=3, n=300)
    np.testing.assert_allclose(found.values, 0.25, rtol=1e-4)
