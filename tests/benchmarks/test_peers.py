"""The peers are what was published: their losses, their gradients, their direction."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from flowlab.bench import peers
from flowlab.bench.contenders import refusal
from flowlab.bench.peers import (
    PEERS,
    DiffusionExplorer,
    IadbTutorial,
    InterpolantsNotebook,
    MinibatchOT,
    Peer,
)
from flowlab.bench.quality import Judge
from flowlab.core.distributions.factory import build
from flowlab.core.document.gallery import named, preset

EIGHT = preset("eight_gaussians")
PARAMETERS = {
    InterpolantsNotebook: 528_386,
    IadbTutorial: 12_866,
    MinibatchOT: 8_706,
    DiffusionExplorer: 8_706,
}
Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # x_t, t (n, 1), x1 - x0, and how errors are weighted


def seed_batch(peer: Peer) -> Batch:
    assert isinstance(peer, InterpolantsNotebook)
    x0, x1, t = peer.draw0(2500), peer.draw1(2500), torch.rand(2500)[:, None]
    return (1 - t) * x0 + t * x1, t, x1 - x0, torch.tensor(0.5 / 2500)


def iadb_batch(peer: Peer) -> Batch:
    assert isinstance(peer, IadbTutorial)
    x0 = peer.points0[peer.rng.integers(0, 65536, 256)]
    x1 = peer.points1[peer.rng.integers(0, 65536, 256)]
    t = torch.rand(256, 1)
    return x0 + t * (x1 - x0), t, x1 - x0, torch.tensor(1.0)


def transport_batch(peer: Peer) -> Batch:
    assert isinstance(peer, MinibatchOT)
    x0, x1 = peer.source.sample(256), peer.target.sample(256)
    i, j = peer.pairing(torch.cdist(x0, x1).square().numpy(), peer.rng)
    t = torch.rand(256, 1)
    x = x0[i] + t * (x1[j] - x0[i]) + 0.1 * torch.randn(256, 2)
    return x, t, x1[j] - x0[i], torch.tensor(1 / 512)


def explorer_batch(peer: Peer) -> Batch:
    assert isinstance(peer, DiffusionExplorer)
    x0, x1 = torch.randn(200, 2), peer.points1[torch.randint(65536, (200,))]
    t = torch.rand(200, 1)
    return x0 + t * (x1 - x0), t, x1 - x0, torch.tensor(1 / 400)


CASES: dict[type[Peer], tuple[Callable[[Peer], Batch], float]] = {
    InterpolantsNotebook: (seed_batch, 2e-3),
    IadbTutorial: (iadb_batch, 1e-3),
    MinibatchOT: (transport_batch, 1e-3),
    DiffusionExplorer: (explorer_batch, 1e-2),
}


@pytest.mark.parametrize("kind", PEERS)
def test_network_has_the_published_number_of_parameters(kind: type[Peer]) -> None:
    net = kind(EIGHT).net
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS[kind]


def test_seed_loss_is_the_published_formula() -> None:
    peer = InterpolantsNotebook(EIGHT)
    x0, x1, t = torch.randn(7, 2), 5 * torch.randn(7, 2), torch.rand(7)
    h = torch.cat([(1 - t)[:, None] * x0 + t[:, None] * x1, t[:, None]], 1).double().numpy()
    layers = [part for part in peer.net if isinstance(part, torch.nn.Linear)]
    for number, layer in enumerate(layers):
        weight, bias = (v.detach().double().numpy() for v in (layer.weight, layer.bias))
        h = h @ weight.T + bias
        h = np.maximum(h, 0) if number < len(layers) - 1 else h
    published = 0.5 * (h**2).sum(1) - ((x1 - x0).double().numpy() * h).sum(1)
    found = peer.loss_of_each(x0, x1, t).detach().numpy()
    np.testing.assert_allclose(found, published, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", PEERS)
def test_step_follows_the_gradient_of_the_regression(kind: type[Peer]) -> None:
    """Adam's first step is rate * g / (|g| + 1e-8); g is that of the weighted squared error."""
    batch, rate = CASES[kind]
    peer = kind(EIGHT)
    twin = copy.copy(peer)
    twin.net = copy.deepcopy(peer.net)
    if hasattr(peer, "rng"):
        twin.rng = copy.deepcopy(peer.rng)  # type: ignore[attr-defined]
    torch.manual_seed(5)
    x, t, displacement, weight = batch(twin)
    error = (twin.net(torch.cat([x, t], 1)) - displacement).square().sum()
    gradient = torch.autograd.grad(weight * error, list(twin.net.parameters()))
    torch.manual_seed(5)
    peer.advance(1)
    for before, after, g in zip(
        twin.net.parameters(), peer.net.parameters(), gradient, strict=True
    ):
        sure = g.abs() > 1e-4 * g.abs().max()  # elsewhere rounding decides the sign
        step = (before - after)[sure]
        torch.testing.assert_close(step, rate * (g / (g.abs() + 1e-8))[sure], rtol=0.02, atol=1e-6)


@pytest.mark.parametrize("kind", PEERS)
def test_a_few_steps_lower_the_velocity_error(kind: type[Peer]) -> None:
    peer, judge = kind(EIGHT), Judge(EIGHT, 50, 1)
    before = judge.error(peer.field)
    peer.advance(6 if kind is InterpolantsNotebook else 60)
    assert judge.error(peer.field) < 0.9 * before
    assert peer.seconds > 0
    assert peer.step in (6, 60)


def test_rate_of_the_notebook_falls_as_published() -> None:
    peer = InterpolantsNotebook(EIGHT)
    peer.schedule.step_size = 1
    peer.batch = 8
    peer.advance(2)
    assert peer.optimiser.param_groups[0]["lr"] == pytest.approx(2e-3 * 0.6**2)
    assert peer.said == f"Loss: {peer.losses[-1]:.4f}"


def test_transport_by_either_library_pairs_at_least_cost() -> None:
    x, y = torch.randn(24, 2), torch.randn(24, 2) + 2
    cost = torch.cdist(x, y).square().numpy()
    best = dict(zip(*linear_sum_assignment(cost), strict=True))
    rng = np.random.default_rng(0)
    rows, columns = peers.pairs_by_pot(cost, rng)
    assert [best[i] for i in rows] == list(columns)  # drawn from the plan, with replacement
    rows, columns = peers.pairs_by_scipy(cost, rng)
    assert sorted(rows) == sorted(columns) == list(range(24))
    assert cost[rows, columns].sum() == pytest.approx(cost[list(best), list(best.values())].sum())


@pytest.mark.parametrize("name", ["gaussian", "eight_gaussians", "moons"])
def test_torch_sampler_draws_the_same_law(name: str) -> None:
    law = build(named(name))
    theirs, ours = peers.torch_sampler(law)(20_000), law.sample(20_000)
    spread = float(ours.std())
    assert torch.allclose(theirs.mean(0), ours.mean(0), atol=0.05 * spread)
    assert torch.allclose(torch.cov(theirs.T), torch.cov(ours.T), atol=0.06 * spread**2)


def test_only_the_explorer_refuses_a_source() -> None:
    triangle = preset("triangle_to_square")
    assert [kind for kind in PEERS if refusal(kind, triangle)] == [DiffusionExplorer]
    assert not any(refusal(kind, EIGHT) for kind in PEERS)
