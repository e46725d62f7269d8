"""What the steps are given: targets of every path, antithetic pairs, and how noisy they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.document.training import Training
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.interpolants.parameterization import EDGE, make_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.gradient_variance import gradient_variances, variances
from flowlab.core.learning.minibatches import BatchBuffer
from flowlab.core.learning.networks import VelocityNet, build_network
from flowlab.core.learning.preconditioning import measure_moments

BROWNIAN = Path(noise="brownian")


def _net(path: Path, predicts: str = "velocity") -> VelocityNet:
    document = Document(path=path)
    coupler = coupler_of(document)
    moments = measure_moments(coupler.source, coupler.target, torch.Generator())  # type: ignore[attr-defined]
    parameterization = make_parameterization(predicts, interpolant_of(path))
    rng = torch.Generator().manual_seed(2)
    return build_network(
        Network(width=8, depth=2, waves="off", predicts=predicts), moments, rng, parameterization
    )


def _pool(
    path: Path, training: Training, predicts: str = "velocity"
) -> tuple[BatchBuffer, VelocityNet]:
    net = _net(path, predicts)
    return BatchBuffer(
        net, make_parameterization(predicts, interpolant_of(path)), training, None
    ), net


def _gradient(pool: BatchBuffer, net: VelocityNet) -> Tensor:
    """Mean over a pool of the loss's gradient in the first layer's biases, by autograd."""
    whole = pool._joined
    assert whole is not None
    layers = net.net
    torch.nn.init.normal_(layers[-1].weight, std=0.3, generator=torch.Generator().manual_seed(3))  # type: ignore[arg-type]
    net.zero_grad()
    found = whole.prediction(layers(whole.inputs[:-1].T).T)
    (0.5 * (found - pool._target).square().sum(0).mean()).backward()
    return torch.cat([p.grad.flatten() for p in layers.parameters() if p.grad is not None])


@pytest.mark.parametrize("rows", [64, 33])
def test_the_second_half_of_an_antithetic_batch_mirrors_the_first(rows: int) -> None:
    pool, _ = _pool(BROWNIAN, Training(batch=rows))
    coupler, rng = coupler_of(Document(path=BROWNIAN)), torch.Generator().manual_seed(0)
    x0, x1, t, z, _ = pool._pairs(coupler, rng)
    assert z is not None
    half = (rows + 1) // 2
    for k in range(pool.count):
        first, second = (
            slice(k * rows, k * rows + rows - half),
            slice(k * rows + half, (k + 1) * rows),
        )
        for part in (x0, x1, t):
            assert torch.equal(part[first], part[second])
        assert torch.equal(z[first], -z[second])
    assert float(t.min()) >= EDGE
    assert float(t.max()) <= 1 - EDGE
    share = torch.histc(t[:rows], 4, 0, 1) / rows  # one batch is stratified
    assert float((share - 0.25).abs().max()) < 0.06


def test_without_noise_there_is_nothing_to_mirror() -> None:
    for path in (Path(), Path(kind="trigonometric")):
        one, two = (
            _pool(path, Training(batch=32, antithetic=antithetic))[0]
            for antithetic in (True, False)
        )
        for pool in (one, two):
            pool.draw(coupler_of(Document()), torch.Generator().manual_seed(5))
        assert one._joined is not None
        assert two._joined is not None
        assert torch.equal(one._joined.inputs, two._joined.inputs)
        assert torch.equal(one._target, two._target)


@pytest.mark.slow
@pytest.mark.parametrize("predicts", ["velocity", "noise"])
def test_antithetic_pairs_leave_the_mean_gradient_and_shrink_its_variance(predicts: str) -> None:
    """Twice as many pairs are worth more where they differ much: so the noise is a loud one."""
    loud, draws = replace(BROWNIAN, level=3.0), {}
    for antithetic in (True, False):
        pool, net = _pool(loud, Training(batch=256, antithetic=antithetic), predicts)
        coupler, rng = coupler_of(Document(path=loud)), torch.Generator().manual_seed(7)
        rows = []
        for _ in range(80):
            pool.draw(coupler, rng)
            rows.append(_gradient(pool, net))
        draws[antithetic] = torch.stack(rows)
    means = {key: value.mean(0) for key, value in draws.items()}
    errors = sum(value.var(0) / len(value) for value in draws.values())
    z = (means[True] - means[False]) / torch.as_tensor(errors).sqrt()
    assert float(z.square().mean()) < 1.6  # about 1 where the means agree
    if predicts == "velocity":
        assert float(draws[True].var(0).sum()) < 0.8 * float(draws[False].var(0).sum())


@pytest.mark.parametrize("predicts", ["score", "denoiser", "noise"])
def test_targets_and_weights_are_those_of_the_prediction(predicts: str) -> None:
    pool, _ = _pool(BROWNIAN, Training(batch=64), predicts)
    coupler = coupler_of(Document(path=BROWNIAN))
    _, x1, _, z, _ = pool._pairs(coupler, torch.Generator().manual_seed(4))
    assert z is not None
    pool.draw(coupler, torch.Generator().manual_seed(4))
    expected = {"score": -z, "denoiser": x1, "noise": z}[predicts]  # gamma (-z / gamma) = -z
    torch.testing.assert_close(pool._target.T, expected, atol=1e-4, rtol=1e-4)
    assert bool(torch.isfinite(pool.data.scaled_target[0]).all())


def test_the_variance_of_a_constant_is_what_it_is_by_hand() -> None:
    """At t = 1/2, where gamma' = 0, antithetic pairs share all their noise but that of gamma."""
    document = Document(source=Gaussian(), target=Gaussian(), path=BROWNIAN)
    parameterization, coupler = (
        make_parameterization("velocity", interpolant_of(BROWNIAN)),
        coupler_of(document),
    )
    rng = torch.Generator().manual_seed(0)
    independent, antithetic = gradient_variances(parameterization, coupler, 1e-4, 20_000, rng)
    # Near t = 0 the target is x1 - x0 + z / (2 sqrt t): its coefficients are fitted at x = x0, and
    # the residual x1 + gamma' z is independent of it. Three features of unit power, two axes.
    steep = 0.25 / 1e-4
    assert independent == pytest.approx(0.5 * 6 * (1 + steep), rel=0.05)
    assert antithetic < 0.01 * independent


def test_antithetic_pairs_help_where_gamma_is_steep_and_the_plot_shows_it() -> None:
    found = variances(Document(path=BROWNIAN))
    assert found is not None
    assert found.independent.shape == found.antithetic.shape == found.times.shape
    assert bool(np.isfinite(found.independent).all())
    assert found.independent[0] > 3 * found.antithetic[0]
    assert found.independent[-1] > 1.5 * found.antithetic[-1]
    assert variances(Document()) is None
    assert variances(Document(path=BROWNIAN, seed=3)) is found  # nothing that it hangs on differs


def test_a_document_with_another_target_has_other_variances() -> None:
    one, two = (
        variances(replace(Document(path=BROWNIAN), target=target))
        for target in (Moons(), Gaussian())
    )
    assert one is not None
    assert two is not None
    assert not np.allclose(one.antithetic, two.antithetic)
