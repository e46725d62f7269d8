"""The interpolant against its definition and its own derivative."""

from __future__ import annotations

import torch

from flowlab.core.paths import LINEAR


def test_the_path_joins_its_ends() -> None:
    x0, x1 = torch.randn(2, 50, 2)
    assert torch.equal(LINEAR.point(x0, x1, torch.zeros(50)), x0)
    assert torch.equal(LINEAR.point(x0, x1, torch.ones(50)), x1)


def test_the_velocity_is_the_derivative_of_the_point() -> None:
    x0, x1 = torch.randn(2, 50, 2, dtype=torch.float64)
    t = torch.rand(50, dtype=torch.float64)
    h = 1e-3
    slope = (LINEAR.point(x0, x1, t + h) - LINEAR.point(x0, x1, t - h)) / (2 * h)
    torch.testing.assert_close(LINEAR.velocity(x0, x1, t).expand_as(slope), slope)


def test_mean_and_covariance_of_the_blend() -> None:
    x0 = torch.randn(50_000, 2) @ torch.tensor([[1.0, 0.4], [0.0, 0.5]]) + 1
    x1 = torch.randn(50_000, 2) * torch.tensor([0.3, 2.0]) - 2
    x = LINEAR.point(x0, x1, torch.full((50_000,), 0.3))
    torch.testing.assert_close(x.mean(0), 0.7 * x0.mean(0) + 0.3 * x1.mean(0))
    blended = 0.49 * torch.cov(x0.T) + 0.09 * torch.cov(x1.T)
    torch.testing.assert_close(torch.cov(x.T), blended, atol=0.02, rtol=0)
