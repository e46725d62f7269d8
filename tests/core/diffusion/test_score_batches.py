"""The written-out steps of every objective: losses and gradients are autograd's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from flowlab.core.diffusion.score_batches import (
    Buffer,
    Noised,
    absolute_buffer,
    derivative_buffer,
    energy_buffer,
    regression_buffer,
)
from flowlab.core.diffusion.score_network import ENERGY, SCORE, Scaling, score_network
from flowlab.core.diffusion.score_objectives import absolute, denoising, implicit, sliced
from flowlab.core.diffusion.score_training import VECTORS, random_vectors
from flowlab.core.document.network import SMOOTH, Network
from flowlab.core.document.training import Training
from flowlab.core.learning.fast_step.absolute_step import (
    absolute_backward,
    compiled_absolute,
    run_absolute,
)
from flowlab.core.learning.fast_step.energy_step import compiled_energy, energy_backward, run_energy
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.fast_step.implicit_step import implicit_backward
from flowlab.core.learning.fast_step.step import FlatNetwork, backward
from flowlab.core.learning.networks import VelocityNet
from flowlab.core.learning.optimisers import hyperparameter_rows, initial_memory, optimizer_state

ROWS, BATCHES = 12, 3
D = torch.float64
SCALING = Scaling(torch.tensor([[0.4], [-0.2]], dtype=D), 1.3)


def noised() -> Noised:
    rng = torch.Generator().manual_seed(1)
    x, z = torch.randn(2, 2, ROWS * BATCHES, dtype=D, generator=rng)
    sigma = 0.2 + torch.rand(ROWS * BATCHES, dtype=D, generator=rng)
    return Noised((1.5 * x + sigma * z).T, z, sigma)


def network(outputs: int, activation: str) -> tuple[VelocityNet, FlatParameters]:
    rng = torch.Generator().manual_seed(4)
    net = score_network(Network(width=7, depth=2, activation=activation), outputs, rng).double()
    with torch.no_grad():
        [*net.parameters()][-2].normal_(generator=rng)  # the last layer's weights, else 0
    return net, FlatParameters(net, activation)


def output_of(net: VelocityNet, weights: dict[str, Tensor], x: Tensor, sigma: Tensor) -> Tensor:
    """The layers' output (k, n) at x (n, 2), followed by autograd."""
    layers = {name.removeprefix("net."): value for name, value in weights.items()}
    features = SCALING.features(net, x, sigma)
    output: Tensor = functional_call(net.net, layers, (features[:-1].T,))
    return output.T


def score_and_jacobian(
    net: VelocityNet, weights: dict[str, Tensor], batch: Noised
) -> tuple[Tensor, Tensor]:
    """F (2, n) and sigma times its Jacobian (2, 2, n) by autograd in x."""
    x = batch.x.clone().requires_grad_(True)
    output = output_of(net, weights, x, batch.sigma)
    f = SCALING.base(x, batch.sigma) + SCALING.gain(batch.sigma) * output
    rows = [torch.autograd.grad(row.sum(), x, create_graph=True)[0].T for row in f]
    return f, batch.sigma * torch.stack(rows)


def energy_gradient(net: VelocityNet, weights: dict[str, Tensor], batch: Noised) -> Tensor:
    """Sigma times the gradient (2, n) of -|y|^2 / 2 + (s / sigma) output, by autograd in x."""
    x = batch.x.clone().requires_grad_(True)
    output = output_of(net, weights, x, batch.sigma)[0]
    y = (x.T - SCALING.mean) / SCALING.total(batch.sigma)
    f = SCALING.deviation / batch.sigma * output - y.square().sum(0) / 2
    return batch.sigma * torch.autograd.grad(f.sum(), x, create_graph=True)[0].T


def part(whole: Noised, k: int) -> Noised:
    """The k-th batch."""
    columns = slice(k * ROWS, (k + 1) * ROWS)
    return Noised(whole.x[columns], whole.z[:, columns], whole.sigma[columns])


def check(
    flat: FlatParameters,
    workspace: FlatNetwork,
    buffer: Buffer,
    step: Callable[..., None],
    losses: Callable[[dict[str, Tensor], int], Tensor],
) -> None:
    """The k-th batch's loss, and the gradient that a step on it takes."""
    expected = []
    for k in range(BATCHES):
        with torch.no_grad():
            step(workspace, buffer.data, k)
        named = {
            name: v.clone().requires_grad_(True) for name, v in flat.named(flat.vector).items()
        }
        loss = losses(named, k).mean()
        gradient = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
        found = flat.named(flat.gradient)
        for name, value in zip(named, gradient, strict=True):
            wanted = torch.zeros_like(found[name]) if value is None else value
            torch.testing.assert_close(found[name], wanted, rtol=1e-8, atol=1e-10)
        expected.append(loss.detach())
    torch.testing.assert_close(buffer.losses(), torch.stack(expected))


@pytest.mark.parametrize("activation", SMOOTH)
def test_implicit(activation: str) -> None:
    net, flat = network(SCORE, activation)
    whole = noised()

    def losses(weights: dict[str, Tensor], k: int) -> Tensor:
        return implicit(*score_and_jacobian(net, weights, part(whole, k)))

    buffer = derivative_buffer(net, SCALING, whole, ROWS)
    check(flat, flat.workspace_with_derivatives(ROWS), buffer, implicit_backward, losses)


@pytest.mark.parametrize("law", VECTORS)
def test_sliced(law: str) -> None:
    net, flat = network(SCORE, "silu")
    whole = noised()
    v = random_vectors(law, whole.z, torch.Generator().manual_seed(8))

    def losses(weights: dict[str, Tensor], k: int) -> Tensor:
        along = v[:, k * ROWS : (k + 1) * ROWS]
        return sliced(*score_and_jacobian(net, weights, part(whole, k)), along)

    buffer = derivative_buffer(net, SCALING, whole, ROWS, v)
    check(flat, flat.workspace_with_derivatives(ROWS), buffer, implicit_backward, losses)


@pytest.mark.parametrize(
    ("loss", "make", "step"),
    [(denoising, regression_buffer, backward), (absolute, absolute_buffer, absolute_backward)],
)
def test_denoising(
    loss: Callable[..., Tensor], make: Callable[..., Buffer], step: Callable[..., None]
) -> None:
    net, flat = network(SCORE, "silu")
    whole = noised()

    def losses(weights: dict[str, Tensor], k: int) -> Tensor:
        batch = part(whole, k)
        return loss(score_and_jacobian(net, weights, batch)[0], batch.z)

    check(flat, flat.workspace(ROWS), make(net, SCALING, whole, ROWS), step, losses)


@pytest.mark.parametrize("activation", SMOOTH)
def test_energy(activation: str) -> None:
    net, flat = network(ENERGY, activation)
    whole = noised()

    def losses(weights: dict[str, Tensor], k: int) -> Tensor:
        batch = part(whole, k)
        return denoising(energy_gradient(net, weights, batch), batch.z)

    buffer = energy_buffer(net, SCALING, whole, ROWS)
    check(flat, flat.workspace_with_derivatives(ROWS), buffer, energy_backward, losses)


@pytest.mark.parametrize("outputs", [ENERGY, SCORE])
def test_steps_outside_python_are_the_plain_ones(outputs: int) -> None:
    steps: dict[int, tuple[Callable[..., Any], ...]] = {
        ENERGY: (compiled_energy(), run_energy, energy_buffer),
        SCORE: (compiled_absolute(), run_absolute, absolute_buffer),
    }
    fast, plain, make = steps[outputs]
    assert fast is not plain
    training, vectors = Training(), []
    for run in (fast, plain):
        net, flat = network(outputs, "silu")
        optimizer = optimizer_state(training, initial_memory(training.optimiser, flat.vector))
        rates = hyperparameter_rows(training, BATCHES, step=0, count=0, averaged=0).double()
        workspace = flat.workspace((3 if outputs == ENERGY else 1) * ROWS)
        before = flat.vector.clone()
        with torch.no_grad():
            run(workspace, make(net, SCALING, noised(), ROWS).data, optimizer, 0, rates)
        vectors.append(flat.vector)
        assert not torch.equal(before, flat.vector)
    assert torch.equal(*vectors)
