"""Steps folded into a network's last layer are those of the drift beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.stacked_layers import Workspace, evaluate
from flowlab.core.stochastic.sampling import SdeSolver, carried_both_ways, carried_by_sde
from flowlab.core.views.bundle import Bundle

TILTED = Gaussian(std_x=0.6, std_y=1.4, correlation=0.5, offset_x=0.5, offset_y=-1.0)


class Beside:
    """The same velocity, of which nothing more is known: each step adds its terms up."""

    def __init__(self, learned: LearnedVelocity) -> None:
        self._learned = learned
        self.device = learned.device
        self.edge = learned.edge

    def velocity(
        self, x: torch.Tensor, t: float | torch.Tensor, condition: torch.Tensor | None = None
    ) -> torch.Tensor:
        return self._learned.velocity(x, t, condition)


class BesideJoint(Beside):
    """The same of a network that predicts the latent noise, too."""

    has_noise = True

    def velocity_and_noise(self, x: torch.Tensor, t: float) -> tuple[torch.Tensor, torch.Tensor]:
        return self._learned.velocity_and_noise(x, t)


def beside(learned: LearnedVelocity) -> Beside:
    return BesideJoint(learned) if learned.has_noise else Beside(learned)


def document(**changes: object) -> Document:
    known = Document(source=TILTED, target=Ring(), seed=2)
    return replace(known, **changes)  # type: ignore[arg-type]


PLAIN = document()
FOURIER = document(network=replace(PLAIN.network, waves="on", width=16, depth=2))
RAW = document(network=replace(PLAIN.network, precondition=False, width=16, depth=2))
NOISY = document(path=Path(noise="brownian"))
DENOISER = document(network=replace(PLAIN.network, predicts="denoiser", width=16, depth=2))
JOINT = document(
    path=NOISY.path,
    network=replace(PLAIN.network, predicts="velocity_and_noise", width=16, depth=2),
)
ANY_PAIRS = replace(JOINT, coupling=Coupling(kind="ot"))  # a score of the learned noise alone
CLASSES = document(network=replace(PLAIN.network, conditional=True, width=16, depth=2))


def learned_on(known: Document) -> LearnedVelocity:
    return flowlab.train(known, steps=20, device="cpu").field  # type: ignore[return-value]


def largest(one: Bundle, other: Bundle) -> float:
    assert one.evaluations == other.evaluations
    np.testing.assert_array_equal(one.times, other.times)
    return float(np.abs(np.asarray(one.points) - np.asarray(other.points)).max())


@pytest.mark.parametrize(
    ("known", "how"),
    [
        (PLAIN, {}),
        (PLAIN, {"method": "stochastic_heun"}),
        (PLAIN, {"direction": "reverse", "until": 0.99}),
        (PLAIN, {"eps_shape": "sine"}),
        (PLAIN, {"eps_shape": ((0.0, 1.0), (1.0, 0.5)), "method": "stochastic_heun"}),
        (PLAIN, {"eps": 0.0}),
        (FOURIER, {}),
        (RAW, {}),
        (NOISY, {"eps_shape": "gamma"}),
        (DENOISER, {}),
        (CLASSES, {}),
        (JOINT, {"eps_shape": "alpha"}),
        (JOINT, {"eps_shape": "gamma"}),
        (JOINT, {"eps_shape": "gamma", "direction": "reverse", "until": 0.99}),
        (ANY_PAIRS, {"method": "stochastic_heun"}),
        (ANY_PAIRS, {"eps_shape": "sine"}),
        (ANY_PAIRS, {"eps_shape": ((0.0, 1.0), (1.0, 0.5)), "method": "stochastic_heun"}),
        (ANY_PAIRS, {"eps": 0.0}),
    ],
)
def test_folded_steps_are_those_that_add_their_terms_up(
    known: Document, how: dict[str, object]
) -> None:
    field = learned_on(known)
    x = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor(field.classes)[torch.arange(300) % 8] if field.classes else None
    other = beside(field)
    solver = SdeSolver(**{"steps": 20, "eps": 1.5, **how})  # type: ignore[arg-type]
    both = carried_both_ways(field, known, x, solver, 1, condition=classes)
    apart = carried_both_ways(other, known, x, solver, 1, condition=classes)
    for scored, one, two in zip((True, False), both, apart, strict=True):
        folded, plain = (
            carried_by_sde(each, known, x, solver, 1, scored=scored, condition=classes)
            for each in (field, other)
        )
        assert largest(folded, plain) < 2e-4
        assert largest(one, plain) < 2e-4
        assert largest(two, plain) < 2e-4


@pytest.mark.parametrize("known", [PLAIN, ANY_PAIRS])
def test_a_folded_step_evaluates_the_network_once(
    known: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    field, asked = learned_on(known), list[float]()

    def counted(network: object, first: object, frequencies: object, memory: Workspace) -> None:
        asked.append(memory.inputs.shape[1])
        evaluate(network, first, frequencies, memory)  # type: ignore[arg-type]

    monkeypatch.setattr("flowlab.core.learning.folded.scripted", lambda steps: steps)
    monkeypatch.setattr("flowlab.core.learning.folded_steps.evaluate", counted)
    carried_both_ways(field, known, torch.zeros(10, 2), SdeSolver(steps=20), 1)
    assert asked == [20] * 20


def test_a_learned_noise_is_evaluated_once_where_steps_are_not_folded() -> None:
    field, asked = BesideJoint(learned_on(ANY_PAIRS)), list[int]()
    both = field.velocity_and_noise

    def counted(x: torch.Tensor, t: float) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(len(x))
        return both(x, t)

    def refused(*_: object) -> torch.Tensor:
        raise AssertionError

    field.velocity_and_noise = counted  # type: ignore[method-assign]
    field.velocity = refused  # type: ignore[method-assign]
    carried_both_ways(field, ANY_PAIRS, torch.zeros(10, 2), SdeSolver(steps=20), 1)
    assert asked == [20] * 20


def test_double_precision_stays_double() -> None:
    field = learned_on(RAW)
    x = torch.zeros(5, 2, dtype=torch.float64)
    single = carried_by_sde(field, RAW, x.float(), SdeSolver(steps=10), 1)
    assert largest(carried_by_sde(field, RAW, x, SdeSolver(steps=10), 1), single) < 1e-4
