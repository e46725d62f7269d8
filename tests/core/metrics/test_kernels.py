"""MMD against its closed form between Gaussians."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid
from flowlab.core.metrics import median_bandwidth, mmd


def cloud(n: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return scale * x + torch.tensor([shift, 0.0])


def mean_kernel(variance: float, shift: float, h: float) -> float:
    """E exp(-|z|^2 / 2 h^2) of z ~ N((shift, 0), variance I) in the plane."""
    whole = h**2 + variance
    return h**2 / whole * math.exp(-(shift**2) / (2 * whole))


@pytest.mark.parametrize("h", [0.4, 1.5])
def test_between_gaussians_it_has_its_closed_form(h: float) -> None:
    n, s, shift = 1500, 2.0, 1.0
    own, other = mean_kernel(2, 0, h), mean_kernel(2 * s * s, 0, h)
    exact = own + other - 2 * mean_kernel(1 + s * s, shift, h)
    bias = (1 - own) / n + (1 - other) / n  # pairs of a point with itself are among all pairs
    found = [mmd(cloud(n, k), cloud(n, 50 + k, s, shift), h).value ** 2 - bias for k in range(4)]
    error = np.std(found, ddof=1) / 2
    assert np.mean(found) == pytest.approx(exact, abs=4 * error)
    assert error < 0.1 * exact


def test_between_samples_of_one_gaussian_it_is_the_bias_alone() -> None:
    n, h = 500, 1.0
    found = [mmd(cloud(n, k), cloud(n, 100 + k), h).value ** 2 for k in range(40)]
    bias = 2 * (1 - mean_kernel(2, 0, h)) / n
    assert np.mean(found) == pytest.approx(bias, abs=4 * np.std(found) / 40**0.5)


def test_the_median_distance_of_a_gaussian() -> None:
    """|x - y| / sqrt 2 follows Rayleigh's law, whose median is sqrt(2 ln 2)."""
    assert median_bandwidth(cloud(1000, 3)) == pytest.approx(2 * math.sqrt(math.log(2)), rel=0.03)
    stated = mmd(cloud(300, 1), cloud(300, 2)).bandwidths
    assert stated == (median_bandwidth(cloud(300, 1), cloud(300, 2)),)


def test_several_kernels_are_averaged_and_named() -> None:
    x, y = cloud(200, 1), cloud(150, 2, 1.5)
    each = [mmd(x, y, h).value ** 2 for h in (0.5, 2.0)]
    both = mmd(x, y, [0.5, 2.0])
    assert both.value**2 == pytest.approx(np.mean(each), rel=1e-9)
    assert both.bandwidths == (0.5, 2.0)
    assert mmd(x, x).value == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf, []])
def test_bandwidths_that_are_none_are_refused(wrong: float) -> None:
    with pytest.raises(Invalid, match="more than 0"):
        mmd(cloud(5, 1), cloud(5, 2), wrong)


def test_where_no_bandwidth_follows_it_says_so() -> None:
    with pytest.raises(Invalid, match="coincide"):
        mmd(torch.zeros(9, 2), torch.zeros(9, 2))
    with pytest.raises(Invalid, match="two points"):
        median_bandwidth(torch.zeros(1, 2))
