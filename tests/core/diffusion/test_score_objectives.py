"""The objectives of score matching share their minimiser, and differ by a constant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.score_objectives import (
    DENOISING_EXCESS,
    denoising,
    implicit,
    sliced,
)
from flowlab.core.diffusion.score_training import VECTORS, random_vectors

D = torch.float64
SIGMA = 0.3
Losses = dict[str, Callable[[Tensor, Tensor], Tensor]]  # (F (2, n), sigma dF/dx (2, 2, n)) -> (n,)


def samples(n: int, sigma: float = SIGMA) -> tuple[Tensor, Tensor, Losses]:
    """Noised samples of N(0, I / 4), the noise, and the losses over them."""
    rng = torch.Generator().manual_seed(2)
    x1, z = torch.randn(2, 2, n, dtype=D, generator=rng)
    losses: Losses = {"implicit": implicit, "denoising": lambda f, _: denoising(f, z)}
    for law in VECTORS:
        v = random_vectors(law, z, rng)
        losses[law] = lambda f, jacobian, v=v: sliced(f, jacobian, v)  # type: ignore[misc]
    return 0.5 * x1 + sigma * z, z, losses


def best_slope(loss: Callable[[Tensor, Tensor], Tensor], x: Tensor, sigma: float) -> float:
    """The p of s = -p x with the least loss, a parabola in p."""
    eye = torch.eye(2, dtype=D)[:, :, None].expand(2, 2, x.shape[1])
    at = [float(loss(-sigma * p * x, -(sigma**2) * p * eye).mean()) for p in (-1.0, 0.0, 1.0)]
    return (at[0] - at[2]) / (2 * (at[0] + at[2] - 2 * at[1]))


def test_the_best_linear_score_is_the_same_at_the_same_noise() -> None:
    """1 / (1/4 + sigma^2) = 2.94; without noise implicit and sliced learn 4, that of the data."""
    x, _, losses = samples(200_000)
    for loss in losses.values():
        assert best_slope(loss, x, SIGMA) == pytest.approx(1 / (0.25 + SIGMA**2), rel=0.015)
    x, _, losses = samples(200_000, 0.0)
    for name in ("implicit", *VECTORS):
        assert best_slope(losses[name], x, SIGMA) == pytest.approx(4, rel=0.015)


def test_they_differ_by_a_constant_and_have_one_gradient() -> None:
    """For a small network F = sigma s at several weights: values, and gradients in each weight."""
    n = 20_000
    x, _, losses = samples(n)
    rng = torch.Generator().manual_seed(5)
    for _ in range(2):
        w, c, u = (torch.randn(size, dtype=D, generator=rng) for size in ((5, 2), (5, 1), (2, 5)))
        h = torch.tanh(w @ x + c)
        bend = 1 - h * h
        f, jacobian = u @ h, SIGMA * torch.einsum("ik,kn,kj->ijn", u, bend, w)
        values = {name: loss(f, jacobian) for name, loss in losses.items()}
        values["denoising"] = values["denoising"] - DENOISING_EXCESS
        gradients = {name: _in_outer_weights(loss, h, bend, w, u) for name, loss in losses.items()}
        for name in losses:
            for found in (values, gradients):
                apart = found[name] - found["denoising"]
                assert bool((apart.mean(-1).abs() <= 4.5 * apart.std(-1) / n**0.5).all())
        assert float(values["implicit"].std()) < float(values["gaussian"].std())


def _in_outer_weights(
    loss: Callable[[Tensor, Tensor], Tensor], h: Tensor, bend: Tensor, w: Tensor, u: Tensor
) -> Tensor:
    """Each sample's gradient (10, n) in the weights u of the last layer, of which F is linear."""
    weights = u[:, :, None].expand(2, 5, h.shape[1]).clone().requires_grad_(True)
    f = (weights * h).sum(1)
    jacobian = SIGMA * torch.einsum("ikn,kn,kj->ijn", weights, bend, w)
    return torch.autograd.grad(loss(f, jacobian).sum(), weights)[0].flatten(0, 1)
