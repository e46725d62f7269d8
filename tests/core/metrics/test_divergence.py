"""The exact trace against finite differences and against derivatives by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.network import ACTIVATIONS, Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import oracle_for
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.networks import build_network
from flowlab.core.learning.preconditioning import measure_moments
from flowlab.core.learning.weights import Weights
from flowlab.core.metrics import divergence


def random_field(spec: Network) -> tuple[LearnedVelocity, torch.nn.Module]:
    """A network with random weights, as a field and in float64."""
    rng = torch.Generator().manual_seed(3)
    moments = measure_moments(build(Gaussian()), build(Ring()), rng)
    net = build_network(spec, moments, rng)
    for name, value in net.named_parameters():
        if name.startswith("net"):
            value.data = 0.7 * torch.randn(value.shape, generator=rng)
    arrays = {name: value.numpy().copy() for name, value in net.state_dict().items()}
    return LearnedVelocity(spec, Weights(arrays=arrays)), net.double().requires_grad_(False)


def by_differences(net: torch.nn.Module, x: Tensor, t: float, h: float = 1e-5) -> Tensor:
    time = torch.tensor([t], dtype=torch.float64)
    total = torch.zeros(len(x), dtype=torch.float64)
    for axis, step in enumerate(h * torch.eye(2, dtype=torch.float64)):
        total += (net(x + step, time) - net(x - step, time))[:, axis] / (2 * h)
    return total


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("waves", ["on", "off"])
def test_the_trace_of_a_network_agrees_with_finite_differences(activation: str, waves: str) -> None:
    spec = Network(width=12, depth=3, activation=activation, waves=waves, space_features=5)
    field, net = random_field(spec)
    x = 3 * torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for t in (0.0, 0.37, 1.0):
        v, trace = divergence(field, x, t)
        np.testing.assert_allclose(v, field.velocity(x, t), rtol=1e-4, atol=1e-4)
        plain = net(x, torch.tensor([t], dtype=torch.float64))
        np.testing.assert_allclose(v, plain, rtol=1e-3, atol=1e-3 * float(plain.abs().max()))
        exact = by_differences(net, x, t)
        size = float(exact.square().mean().sqrt())
        kinks = activation in (
            "relu",
            "elu",
            "selu",
        )  # a difference across a kink is of neither side
        off = (trace - exact).abs()
        assert float(off.quantile(0.97 if kinks else 1.0)) < 2e-4 * size
        assert trace.dtype == torch.float64


@pytest.mark.parametrize(
    "spec", [Network(kind="iadb", width=8, depth=1), Network(precondition=False)]
)
def test_plain_networks_too_and_more_points_than_fit_at_once(spec: Network) -> None:
    field, net = random_field(spec)
    x = torch.randn(6000, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    _, trace = field.with_divergence(x, 0.6)
    exact = by_differences(net, x, 0.6)
    assert float((trace - exact).abs().max()) < 5e-4 * float(exact.abs().max())


class ByHand:
    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        a, b = x.unbind(1)
        return torch.stack([torch.sin(a * b) + t * a, a * a * b], 1)


class Detached(ByHand):
    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return super().velocity(x.detach(), t)


@pytest.mark.parametrize(("field", "tolerance"), [(ByHand(), 1e-12), (Detached(), 1e-7)])
def test_other_fields_by_two_backward_passes_or_by_their_neighbours(
    field: ByHand, tolerance: float
) -> None:
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    v, trace = divergence(field, x, 0.25)
    a, b = x.unbind(1)
    torch.testing.assert_close(trace, b * torch.cos(a * b) + 0.25 + a * a, rtol=0, atol=tolerance)
    torch.testing.assert_close(v, field.velocity(x, 0.25))
    assert not v.requires_grad


def test_the_trace_of_the_exact_field() -> None:
    """d/dt log p along the flow is -div v: the density itself tells the trace."""
    oracle = oracle_for(Document())
    assert oracle is not None
    rng = torch.Generator().manual_seed(1)
    t, h = 0.5, 1e-4
    x = oracle.sample(torch.full((100,), t), rng)
    v, trace = divergence(oracle, x, t)
    ahead, behind = oracle.log_density(x + h * v, t + h), oracle.log_density(x - h * v, t - h)
    torch.testing.assert_close(trace, (behind - ahead) / (2 * h), rtol=1e-4, atol=1e-4)
