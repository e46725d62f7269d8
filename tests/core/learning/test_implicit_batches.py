"""Implicit score matching between walls: its loss, its gradient, and that it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import ACTIVATIONS, BETWEEN_WALLS, SMOOTH, Network
from flowlab.core.domains.kernels import factory
from flowlab.core.learning import wall_pairs
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.fast_step.implicit_step import implicit_backward
from flowlab.core.learning.fourier import FourierFeatures
from flowlab.core.learning.implicit_batches import ImplicitBatch, ImplicitBuffer
from flowlab.core.learning.progress import Diverged
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.wall_pairs import NoisedPoints
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.learned_maps import wall_score
from flowlab.core.reflected.score_results import score_maps_of
from flowlab.core.views.request import PlanOptions
from tests.helpers.learned_score import learns_score
from tests.helpers.trainers import same


def implicit(document: Document) -> Document:
    training = replace(document.training, score_matching="implicit")
    return replace(document, training=training)


def tensors(x: Doubles, drift: Doubles, normals: Doubles) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(v) for v in (x, drift.T, normals.T))


def waves(fourier: FourierFeatures, y: Tensor, blur: Tensor | None) -> Tensor:
    """The features, written so that autograd follows them."""
    angle = fourier.frequencies @ y
    parts = [angle.sin(), angle.cos()]
    return torch.cat(parts if blur is None else [fourier.attenuation(blur) * v for v in parts])


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("given", [{}, {"precondition": False}, {"conditional": True}])
def test_the_gradient_is_autograd_s(
    activation: str, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The divergence by autograd in x, through all of the network, and the loss's gradient of it.

    The factor's own derivative is held fixed, as it is known when points are drawn.
    """
    network = Network(
        predicts=BETWEEN_WALLS, width=12, depth=2, waves="on", activation=activation, **given
    )
    trainer = Trainer(replace(implicit(learns_score()), network=network))
    trainer.advance(2)
    net, classes = trainer._state.flat.net.double(), trainer._state.classes
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    points, n = trainer._data.noised, 40
    assert points is not None
    t = torch.linspace(0.02, 0.98, n, dtype=torch.float64)
    drawn, drift_, normals_, labels = points.draw_implicit(t, 1)
    x, drift, m = tensors(drawn, drift_, normals_)
    c = labels if classes else None
    sigma = points.walls.variance(t).sqrt()
    at = x.clone().requires_grad_(True)
    if net.fourier is not None:
        monkeypatch.setattr(net.fourier, "forward", partial(waves, net.fourier))
    value = net(at, t, c)
    rows = [
        torch.autograd.grad(value[:, i].sum(), at, create_graph=True)[0] for i in (0, 1)
    ]  # of the Jacobian
    factor = torch.eye(2)[:, :, None] - m[:, None] * m
    trace = (factor * torch.stack([row.T for row in rows])).sum((0, 1))
    tangent = value - m.T * (m.T * value).sum(1, keepdim=True)
    losses = 0.5 * tangent.square().sum(1) + sigma * trace - (drift.T * value).sum(1)
    losses.mean().backward()
    expected = {name: p.grad for name, p in net.named_parameters()}

    with torch.no_grad():
        flat = trainer._state.flat.__class__(net, activation)
        buffer = ImplicitBuffer(net, replace(trainer.document.training, batch=n), points)
        batch = ImplicitBatch.of(net, x, t, sigma, m, drift, c)
        buffer.count, buffer._joined = 1, batch
        buffer._store(batch)
        assert buffer.data is not None
        implicit_backward(buffer.workspace(flat), buffer.data, 0)
        prediction, divergence = buffer.predictions(0, 1)
    torch.testing.assert_close(flat.named(flat.gradient), expected, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(prediction, tangent.detach())
    found = 0.5 * prediction.square().sum(1) + divergence
    torch.testing.assert_close(found, losses.detach())


@pytest.mark.parametrize("walls", ["square", "disc", "equilateral"])
def test_in_the_mean_it_is_the_loss_of_denoising(walls: str) -> None:
    """E[|F|^2 / 2 + sigma div F] = E[|F|^2 / 2 - F . sigma grad log p(x_t | x1)], tangent F.

    Without the factor it is not, by the flow through the walls.
    """
    document = learns_score("gaussian", walls=walls, width=6.0, clip=True)
    trainer = Trainer(document)
    trainer.advance(300)
    points, net, n = trainer._data.noised, trainer._state.flat.net.double(), 40_000
    assert points is not None
    t = torch.linspace(0.05, 0.6, n, dtype=torch.float64)  # where the walls are felt
    x, drift, m, _ = points.draw_implicit(t, 4)
    again, target, _, _ = points.draw(t, 4)
    np.testing.assert_array_equal(x, again)
    sigma = points.walls.variance(t).sqrt()

    def gap(m: Doubles, drift: Doubles) -> tuple[float, float]:
        """The mean of both losses' difference, and its standard error."""
        at, b, rows = tensors(x, drift, m)
        with torch.no_grad():
            batch = ImplicitBatch.of(net, at, t, sigma, rows, b, None)
            inputs = batch.inputs[:-1]
            outputs = [net.net(inputs[:, 0].T).T]
            outputs += [_derivative(net, inputs[:, 0], inputs[:, k]) for k in (1, 2)]
        found = torch.stack(outputs, 1)
        asked = torch.from_numpy(target)
        each = batch.divergence(found) + (batch.prediction(found).T * asked).sum(1)
        return float(each.mean()), float(each.std() / n**0.5)

    mean, error = gap(m, drift)
    assert abs(mean) < 4 * error + 2e-3
    mean, error = gap(0 * m, 0 * drift)
    assert abs(mean) > 10 * error


def _derivative(net: Any, features: Tensor, slope: Tensor) -> Tensor:
    """The derivative of the layers' output along a slope, by central differences."""
    ahead, behind = (net.net((features + step * slope).T).T for step in (1e-5, -1e-5))
    made: Tensor = (ahead - behind) / 2e-5
    return made


def error_of(trainer: Trainer) -> float:
    """Root mean square of the error of sigma s over all noise levels, over that of sigma s."""
    field = field_of(trainer.document, trainer.weights())
    maps = score_maps_of(wall_score(trainer.document, field, PlanOptions()))  # type: ignore[arg-type]
    assert maps is not None
    return float(np.sqrt((maps.error**2).mean() / (maps.size**2).mean()))


def learned(score_matching: str, steps: int) -> float:
    document = replace(learns_score(), network=Network(predicts=BETWEEN_WALLS))
    training = replace(document.training, batch=240, score_matching=score_matching)
    trainer = Trainer(replace(document, training=training))
    trainer.advance(steps)
    return error_of(trainer)


def test_it_learns_what_denoising_learns_and_without_the_factor_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the square, with the default network: its error is at most 1.8 times that of denoising."""
    denoising, without_kernel = learned("denoising", 700), learned("implicit", 700)
    assert denoising < 0.45
    assert without_kernel < 1.8 * denoising
    monkeypatch.setattr(wall_pairs, "normal_part", lambda walls, width: 0 * walls.normal)
    monkeypatch.setattr(wall_pairs, "divergence", lambda domain, x, width: np.zeros_like(x))
    assert learned("implicit", 700) > 2.5 * without_kernel


def test_no_kernel_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a kernel was asked for")

    monkeypatch.setattr(NoisedPoints, "score", refuse)
    monkeypatch.setattr(wall_pairs, "kernel", refuse)
    monkeypatch.setattr(factory, "kernel", refuse, raising=False)
    document = implicit(learns_score("gaussian", walls="drawn", clip=True))
    inverse = replace(document.training, weighting="inverse")  # which implicit doesn't use
    for training in (document.training, inverse):
        trainer = Trainer(replace(document, training=training))
        assert np.isfinite(trainer.advance(40).quadratic)


def test_the_same_seed_trains_the_same_weights_whatever_the_blocks() -> None:
    document = implicit(learns_score(walls="disc", width=7.0, clip=True))
    one, two = Trainer(document), Trainer(document)
    one.advance(120)
    for block in (1, 50, 69):
        two.advance(block)
    assert same(one, two)


def test_it_is_changed_to_while_training_and_resumed() -> None:
    document = learns_score()
    trainer = Trainer(document)
    trainer.advance(40)
    trainer.set_training(implicit(document).training)
    assert trainer._stepper.implicit
    first = trainer.advance(40)
    assert first.step == 80
    assert first.mse == pytest.approx(2 * first.quadratic)
    again = Trainer(implicit(document))
    again.resume(trainer.checkpoint())
    assert again.step == 80
    assert same(trainer, again)
    assert np.isfinite(again.advance(16).mse)
    field = field_of(again.document, again.weights())
    assert isinstance(field, LearnedWallScore)
    trainer.set_training(document.training)
    assert not trainer._stepper.implicit
    assert trainer.advance(8).mse >= 0


def test_it_stops_where_it_diverges() -> None:
    document = implicit(learns_score())
    training = replace(document.training, learning_rate=10.0, optimiser="sgd")
    trainer = Trainer(replace(document, training=training))
    with pytest.raises(Diverged):
        trainer.advance(640)
    assert trainer.step == 0


@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a not in SMOOTH])
def test_an_activation_with_kinks_is_refused(activation: str) -> None:
    document = learns_score()
    network = replace(document.network, activation=activation)
    kinked = replace(document, network=network)
    trainer = Trainer(kinked)
    with pytest.raises(Invalid, match="without kinks"):
        trainer.set_training(implicit(document).training)
    assert trainer.document.training == document.training
    with pytest.raises(Invalid, match="without kinks"):
        Trainer(implicit(kinked))
    Trainer(replace(implicit(kinked), network=Network(activation=activation)))  # a velocity's


def test_the_flow_of_a_velocity_is_trained_as_before() -> None:
    """The choice belongs to a score between walls alone."""
    make: Callable[[str], Trainer] = lambda kind: Trainer(  # noqa: E731
        Document(training=replace(Document().training, score_matching=kind, batch=32))
    )
    one, two = make("denoising"), make("implicit")
    one.advance(5)
    two.advance(5)
    assert same(one, two)
