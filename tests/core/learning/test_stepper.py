"""Steps: without waiting, by the objective and optimiser of the document, averaged by its law."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.recipes import RECIPES
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.document.training import Training
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from tests.helpers.trainers import SMALL, same


def test_the_host_is_not_made_to_wait_within_a_block() -> None:
    class Counter(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            waits = (torch.ops.aten._local_scalar_dense, torch.ops.aten.nonzero)
            self.count += func.overloadpacket in waits
            return func(*args, **(kwargs or {}))

    def waits(block: int) -> int:
        trainer = Trainer(SMALL)
        trainer.advance(16)  # leaves the pool empty: both blocks below draw once
        with Counter() as counter:
            trainer.advance(block)
        return counter.count

    # What is left belongs to the drawing of a pool and the reading of a block, not to the steps.
    assert waits(16) == waits(1)


def test_objective_changes_the_figure_not_the_weights() -> None:
    one = Trainer(SMALL)
    two = Trainer(replace(SMALL, training=replace(SMALL.training, objective="quadratic")))
    one.advance(20)
    two.advance(20)
    assert same(one, two)


def test_average_is_the_power_law_of_the_raw_weights() -> None:
    trainer = Trainer(SMALL)
    window, expected, raw = SMALL.training.ema, 0.0, []
    for k in range(12):
        trainer.advance(1)
        raw.append(trainer._state.flat.vector.clone())
        weight = 1 / (window * k + 1)
        expected = (1 - weight) * expected + weight * raw[-1]
    torch.testing.assert_close(trainer._state.flat.average, expected)
    net = trainer._state.flat.net.state_dict()
    shown = trainer.weights().arrays
    assert not np.array_equal(shown["net.0.weight"], net["net.0.weight"].numpy())


def test_without_average_the_raw_weights_are_shown() -> None:
    trainer = Trainer(replace(SMALL, training=replace(SMALL.training, ema=0.0)))
    trainer.advance(5)
    raw = trainer._state.flat.net.state_dict()
    shown = trainer.weights().arrays
    assert all(np.array_equal(shown[name], raw[name].numpy()) for name in raw)


def test_learning_rate_changes_without_a_reset() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(20)
    before = trainer._state.flat.vector.clone()
    trainer.set_training(replace(SMALL.training, learning_rate=1e-6))
    trainer.advance(10)
    assert trainer.step == 30
    assert float((trainer._state.flat.vector - before).abs().max()) < 2e-5


def test_batch_optimiser_and_average_change_without_a_reset() -> None:
    trainer = Trainer(SMALL)
    trainer.advance(20)
    new = Training(batch=32, optimiser="sgd", learning_rate=0.01, ema=0.0)
    trainer.set_training(new)
    trainer.advance(20)
    trainer.set_training(replace(new, ema=0.5))
    assert trainer.advance(3).step == 43


def test_antithetic_pairs_are_switched_without_a_reset() -> None:
    trainer = Trainer(replace(SMALL, path=Path(noise="brownian")))
    trainer.advance(20)
    trainer.set_training(replace(SMALL.training, antithetic=False))
    assert trainer._stepper.batches._antithetic is None
    assert trainer.advance(20).step == 40


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_the_tutorial_trains_on_the_sum_that_its_source_has(optimiser: str) -> None:
    """Its loop is `loss = torch.sum((D(x_alpha, alpha) - (x1 - x0)) ** 2)`, here by autograd."""
    network, training = RECIPES["IADB tutorial"]
    assert training.objective == "sum"
    rate = 1e-3 if optimiser != "sgd" else 1e-6
    training = replace(training, optimiser=optimiser, learning_rate=rate, batch=32)
    trainer = Trainer(Document(network=replace(network, width=8), training=training))
    batches, layers = (
        trainer._stepper.batches,
        deepcopy(trainer._state.flat.net.net).requires_grad_(),
    )
    batches.draw(trainer._data.coupler, trainer._rng)
    parameters = list(layers.parameters())
    peer: torch.optim.Optimizer = {
        "adam": lambda: torch.optim.Adam(parameters, lr=rate),
        "adamw": lambda: torch.optim.AdamW(parameters, lr=rate),
        "sgd": lambda: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    }[optimiser]()
    for k in range(5):
        first, last = 32 * k, 32 * (k + 1)
        inputs = batches.data.inputs[k][:-1].T  # cat(x, alpha), as the tutorial's
        loss = torch.sum((layers(inputs) - batches._target[:, first:last].T) ** 2)
        peer.zero_grad()
        loss.backward()
        peer.step()
    trainer.advance(5)
    for ours, theirs in zip(trainer._state.flat.net.net.parameters(), parameters, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-6)


def test_the_sum_moves_sgd_farther_by_its_factor_and_adam_not() -> None:
    def travel(objective: str, optimiser: str) -> float:
        training = replace(
            SMALL.training, objective=objective, optimiser=optimiser, learning_rate=1e-5
        )
        trainer = Trainer(replace(SMALL, training=training))
        before = trainer._state.flat.vector.clone()
        trainer.advance(1)
        return float((trainer._state.flat.vector - before).norm())

    batch = SMALL.training.batch
    assert travel("sum", "sgd") == pytest.approx(2 * batch * travel("mse", "sgd"), rel=1e-3)
    assert travel("sum", "adam") == pytest.approx(travel("mse", "adam"), rel=1e-3)


@pytest.mark.parametrize("predicts", ["velocity", "noise", "score"])
def test_the_l1_step_is_that_of_autograd(predicts: str) -> None:
    training = replace(SMALL.training, objective="l1", optimiser="sgd", learning_rate=1e-2, ema=0.0)
    network, slanted = replace(SMALL.network, predicts=predicts), Gaussian(std_x=2, correlation=0.7)
    document = replace(SMALL, source=slanted, training=training, network=network)
    trainer = Trainer(document)
    trainer.advance(3)
    layers = deepcopy(trainer._state.flat.net.net)
    parameters = [part.requires_grad_(True) for part in layers.parameters()]
    batches, rows = trainer._stepper.batches, training.batch
    first = batches.used * rows
    part = batches._joined.part(first, first + rows)
    output = layers(part.inputs[:-1].T).T
    loss = (part.prediction(output) - (part.base + part.rest)).abs().mean()
    loss.backward()
    memory = trainer._state.memory[0].clone()
    trainer.advance(1)
    gradient = trainer._state.flat.named(trainer._state.flat.gradient)
    assert float(memory.norm()) > 0
    for ours, theirs in zip(gradient.values(), parameters, strict=True):
        torch.testing.assert_close(ours, theirs.grad, rtol=1e-3, atol=1e-6)


def test_training_may_go_over_to_l1_and_back() -> None:
    one, two = Trainer(SMALL), Trainer(SMALL)
    absolute = replace(SMALL.training, objective="l1")
    one.set_training(absolute)
    one.advance(4)
    two.advance(4)
    assert not same(one, two)
    one.set_training(SMALL.training)
    assert one.advance(3).step == 7


def test_l1_learns_the_median_of_a_skewed_target() -> None:
    """At t = 0 the velocity x1 - x0 given x0 is a point drawn from the target, less x0."""
    target = Mixture(
        means=((-0.3, 0.0), (2.7, 0.0)), covs=((0.01, 0.0, 0.01),) * 2, weights=(0.7, 0.3)
    )

    def at_start(objective: str) -> float:
        training = Training(objective=objective, batch=512)
        document = Document(
            source=Gaussian(), target=target, training=training, network=Network(width=16, depth=2)
        )
        trainer = Trainer(document)
        trainer.advance(400)
        v = field_of(document, trainer.weights()).velocity(torch.zeros(1, 2), 0.0)
        return float(v[0, 0])

    assert at_start("mse") == pytest.approx(0.6, abs=0.2)  # 0.7 (-0.3) + 0.3 (2.7)
    median = -0.3 + 0.1 * NormalDist().inv_cdf(0.5 / 0.7)  # 0.7 of the mass is below
    assert at_start("l1") == pytest.approx(median, abs=0.1)


def test_l1_is_refused_between_walls() -> None:
    training = Training(objective="l1")
    walls = Document(training=training, network=Network(predicts="score_between_walls"))
    with pytest.raises(Invalid, match="tangent"):
        Trainer(walls)
