"""The steps: outside Python, replayed by a graph, and as torch.optim takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.network import ACTIVATIONS
from flowlab.core.document.training import OPTIMISERS, Training
from flowlab.core.learning.fast_step.cuda_graph import Steps, captured
from flowlab.core.learning.fast_step.step import compiled, run, update
from flowlab.core.learning.optimisers import hyperparameters_of, initial_memory, optimizer_state
from flowlab.core.learning.trainer import Trainer
from tests.helpers.trainers import SMALL, same


def test_decay_multiplies_the_rate() -> None:
    frozen = Training(batch=64, ema=0.0, decay_every=10, decay_factor=0.01, optimiser="sgd")
    trainer = Trainer(replace(SMALL, training=replace(frozen, learning_rate=0.05)))

    def travel(steps: int) -> float:
        preactivations = trainer._state.flat.vector.clone()
        trainer.advance(steps)
        return float((trainer._state.flat.vector - preactivations).norm())

    first = travel(10)
    travel(10)
    assert travel(10) < 0.05 * first


@pytest.mark.parametrize("kind", ["adam", "adamw", "sgd"])
def test_optimisers_agree_with_torch(kind: str) -> None:
    training = Training(optimiser=kind, beta2=0.95)
    ours = torch.randn(20, dtype=torch.float64)
    theirs = torch.nn.Parameter(ours.clone())
    peer: torch.optim.Optimizer = {
        "adam": lambda: torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.95)),
        "adamw": lambda: torch.optim.AdamW([theirs], lr=0.1, betas=(0.9, 0.95)),
        "sgd": lambda: torch.optim.SGD([theirs], lr=0.1, momentum=0.9),
    }[kind]()
    optimizer = optimizer_state(training, initial_memory(kind, ours))
    net = Trainer(SMALL)._stepper._net._replace(vector=ours, average=ours.clone())
    for k in range(30):
        gradient = torch.randn(20, dtype=torch.float64)
        theirs.grad = gradient.clone()
        peer.step()
        hyperparameters = torch.tensor(
            hyperparameters_of(training, 0.1, k + 1, 0.5), dtype=torch.float64
        )
        update(net._replace(gradient=gradient), optimizer, hyperparameters)
    torch.testing.assert_close(ours, theirs.detach())


def test_a_replayed_pool_gives_what_its_steps_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CUDA replays is recorded once: it must read its data and its knobs from where they lie.

    The stand-in records the calls with the very tensors they were given, as a graph does.
    """
    replays = 0

    def recorded(steps: Steps, count: int, device: str) -> Steps:
        kept = torch.zeros(count, 4)

        def replay(hyperparameters: torch.Tensor) -> None:
            nonlocal replays
            replays += 1
            kept.copy_(hyperparameters)
            steps(kept)

        return replay

    plain = Trainer(SMALL)
    monkeypatch.setattr("flowlab.core.learning.stepper.captured", recorded)
    graphed = Trainer(SMALL)
    for trainer in (plain, graphed):
        trainer.advance(3 * trainer._stepper.batches.count + 5)
        trainer.set_training(replace(SMALL.training, learning_rate=1e-3))
        trainer.advance(3 * trainer._stepper.batches.count)
    assert replays >= 2
    assert same(plain, graphed)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_steps_outside_python_are_the_plain_ones(activation: str, optimiser: str) -> None:
    network = replace(SMALL.network, activation=activation)
    document = replace(
        SMALL, network=network, training=Training(batch=32, optimiser=optimiser, learning_rate=1e-3)
    )
    fast, plain = Trainer(document), Trainer(document)
    assert compiled() is not run
    plain._stepper._run = run
    assert fast.advance(40) == plain.advance(40)
    assert same(fast, plain)


def test_graphs_are_for_cuda_alone() -> None:
    assert captured(lambda *_: None, 4, "cpu") is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_replays_what_it_would_run() -> None:
    one, two = Trainer(SMALL, device="cuda"), Trainer(SMALL, device="cuda")
    two._stepper._capture_tried = True  # never captures
    for trainer in (one, two):
        trainer.advance(4 * trainer._stepper.batches.count)
    assert one._stepper._replay is not None
    np.testing.assert_allclose(
        one.weights().arrays["net.0.weight"], two.weights().arrays["net.0.weight"], atol=1e-5
    )
