"""The boundary factor: its divergence, corners included, and the training step that has it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.document.network import ACTIVATIONS, BETWEEN_WALLS, Network
from flowlab.core.domains import disc, square
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.interpolants.parameterization import between_walls
from flowlab.core.learning.fast_step.flat_network import Batch, FlatParameters, as_batches
from flowlab.core.learning.fast_step.step import backward
from flowlab.core.learning.networks import build_network
from flowlab.core.learning.wall_factor import divergence, layer_width, normal_part, tangent
from tests.helpers.learned_score import learns_score


def test_the_divergence_in_a_disc_is_that_of_the_closed_form() -> None:
    """Of phi n n^T with n = -r / |r| and d = 1 - |r|: (phi'(d) - phi / |r|) n."""
    x = np.array([[0.985, 0.0], [0.0, -0.97], [0.6, 0.78], [-0.7, 0.69]])
    width = np.full(4, 0.02)
    radius = np.hypot(*x.T)
    phi, depth = np.exp(-(((1 - radius) / 0.02) ** 2)), 1 - radius
    expected = (phi * -2 * depth / 0.02**2 - phi / radius)[:, None] * (-x / radius[:, None])
    found = divergence(disc(1.0), x, width)
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


def test_the_mean_divergence_of_a_tangent_field_is_zero_in_spite_of_corners() -> None:
    """The integral of div(A F) over a square for F = (x, y), by a fine grid over a quarter of it.

    No flow leaves through the walls, and none through the quarter's other sides. A derivative at
    each point misses what jumps in the corner: 1.77 widths for each corner of a square of side 1.
    """
    domain, width, cells = square(1.0), 0.02, 700
    middles = 0.5 * (np.arange(cells) + 0.5) / cells
    x = np.stack(np.meshgrid(middles, middles), -1).reshape(-1, 2)
    widths = np.full(len(x), width)
    walls = domain.nearest(x)
    m = normal_part(walls, widths)
    trace = 2 - (m**2).sum(1)  # of A times the Jacobian of F, which is 1

    def mean(drift: Doubles) -> float:
        return float((trace - (drift * x).sum(1)).mean())

    slope = -2 * walls.distance / width**2 * np.exp(-((walls.distance / width) ** 2))
    assert abs(mean(divergence(domain, x, widths))) < 0.004
    assert mean(slope[:, None] * walls.normal) == pytest.approx(4 * 0.5 * 1.77 * width, rel=0.1)


def test_only_the_normal_component_is_taken_away_and_less_so_further_off() -> None:
    domain = square(2.0)
    x = np.array([[-1.0, 0.3], [0.2, 1.0], [-0.98, 0.3], [0.0, 0.0]])
    m = normal_part(domain.nearest(x), layer_width(domain, np.full(4, 0.2)))
    made = tangent(np.ones((4, 2)), m)
    np.testing.assert_allclose(made[:2], [[0, 1], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(made[2], [1 - np.exp(-((0.02 / 0.03) ** 2)), 1])
    np.testing.assert_allclose(made[3], 1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("precondition", [True, False])
def test_the_step_s_gradient_is_autograd_s(
    activation: str, weighted: bool, precondition: bool
) -> None:
    settings = learns_score().reflected
    to_learn = between_walls(WallNoise(walls_of(settings), settings))
    rng = torch.Generator().manual_seed(0)
    spec = Network(
        predicts=BETWEEN_WALLS, width=16, depth=2, activation=activation, precondition=precondition
    )
    net = build_network(spec, None, rng, to_learn).double()
    torch.nn.init.normal_(net.net[-1].weight, generator=rng)  # type: ignore[arg-type]
    x = 8 * torch.rand(60, 2, dtype=torch.float64, generator=rng) - 4
    t, target = torch.rand(60, generator=rng).double(), torch.randn(60, 2, generator=rng).double()
    m = 0.9 * torch.nn.functional.normalize(torch.randn(60, 2, generator=rng).double())
    weight = torch.rand(60, generator=rng).double() if weighted else None
    predicted = net(x, t)
    error = predicted - m * (m * predicted).sum(1, keepdim=True) - target
    weights = torch.ones(60) if weight is None else weight
    (0.5 * (weights[:, None] * error).square().sum(1).mean()).backward()
    flat = FlatParameters(net, activation)
    batch = Batch.of(net.prepare(x, t), target.T, len(x), weight, m.T)
    data = as_batches([batch])
    backward(flat.workspace(len(x)), data, 0)
    expected = {name: p.grad for name, p in net.named_parameters()}
    torch.testing.assert_close(flat.named(flat.gradient), expected, rtol=1e-6, atol=1e-9)
    shown = batch.prediction(data.outputs[0]).T
    torch.testing.assert_close(shown, (weights[:, None] * (error + target)).detach())
