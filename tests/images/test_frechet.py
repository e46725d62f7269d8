"""The Fréchet distance against closed forms."""

from __future__ import annotations

import pytest
import torch
from scipy.linalg import sqrtm

from flowlab.core.document.limits import Invalid
from flowlab.images.frechet import features_of, frechet_distance


def features(n: int = 400, k: int = 6, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, k, generator=rng, dtype=torch.float64) @ torch.randn(
        k, k, generator=rng, dtype=torch.float64
    )


def test_it_is_0_for_the_same_set_in_any_order_and_the_square_of_a_shift() -> None:
    x = features()
    assert frechet_distance(x, x.flip(0)) == pytest.approx(0, abs=1e-9)
    c = torch.arange(6.0, dtype=torch.float64)
    assert frechet_distance(x, x + c) == pytest.approx(float(c.square().sum()))


def test_a_scaled_set_is_as_far_as_the_closed_form() -> None:
    """The covariances commute: (s - 1)^2 tr C, about the mean."""
    x = features()
    mean = x.mean(0)
    scaled = mean + 3 * (x - mean)
    assert frechet_distance(x, scaled) == pytest.approx(4 * float(torch.cov(x.T).trace()))


def test_it_agrees_with_the_root_of_the_product() -> None:
    x, y = features(), features(300, seed=1)
    a, b = torch.cov(x.T).numpy(), torch.cov(y.T).numpy()
    off = float((x.mean(0) - y.mean(0)).square().sum())
    expected = off + float((a + b - 2 * sqrtm(a @ b).real).trace())
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-8)


def test_features_come_in_blocks_and_flat_ones_are_no_trouble() -> None:
    pictures = torch.randn(1200, 1, 2, 2)
    seen: list[int] = []

    def flat(x: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        return torch.cat([x.flatten(1), torch.zeros(len(x), 1)], 1)  # one that never varies

    found = features_of(pictures, flat)
    assert seen == [500, 500, 200]
    assert frechet_distance(found, found + 1) == pytest.approx(5.0, rel=1e-5)


def test_sets_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(Invalid, match="two or more feature vectors"):
        frechet_distance(features(), features(k=5))
    with pytest.raises(Invalid, match="two or more feature vectors"):
        frechet_distance(features(), features(1))
