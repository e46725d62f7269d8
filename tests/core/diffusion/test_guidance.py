"""Guided fields: the formula against densities written out, and the same bits at both ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.diffusion.denoiser import denoiser_of
from flowlab.core.diffusion.exact_classifier import exact_classifier
from flowlab.core.diffusion.guidance import (
    ClassifierGuidance,
    GuidedNetwork,
    GuidedVelocity,
    Strength,
)
from flowlab.core.diffusion.guided_fields import guided_field, strength_of
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion, guided_by
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.training import Training
from flowlab.core.learning.folded import FoldedSteps
from flowlab.run import Run
from tests.helpers.noise_models import (
    NOISE,
    TWO,
    Beside,
    drawn,
    exact_field,
    exact_model,
    log_mixture_at,
    slope,
    untrained,
)

PLAIN = Document(source=NOISE, target=TWO)
CURVED = replace(PLAIN, path=Path(kind="trigonometric"))
CLASSES = replace(
    PLAIN,
    network=Network(width=16, depth=2, waves="on", conditional=True),
    training=Training(label_dropout=0.1, batch=32),
)
EVERY = [
    {"method": "ddpm"},
    {"method": "ddim", "eta": 0.5},
    {"method": "pf_ode"},
    {"method": "reverse_sde", "corrector": 1},
    {"method": "langevin", "sigmas": (1.0, 0.3)},
]


@pytest.fixture(scope="module")
def run() -> Run:
    return flowlab.train(CLASSES, steps=30)


@pytest.mark.parametrize("document", [PLAIN, CURVED])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_the_guided_score_is_that_of_both_densities(document: Document, gamma: float) -> None:
    """grad (gamma log p(x | y) + (1 - gamma) log p(x)); by a classifier gamma log p(y | x)."""
    model, field, x = exact_model(document), exact_field(document), drawn(NOISE, 50, 3).double()
    by_fields = guided_field(field, document, 1, Strength(gamma))
    by_classifier = ClassifierGuidance(
        field, exact_classifier(document), 1, Strength(gamma), model.path, model.source
    )
    for a, b in ((0.95, 0.3), (0.3, 0.95)):

        def tilted(x: torch.Tensor, a: float = a, b: float = b) -> torch.Tensor:
            joint = log_mixture_at(TWO, NOISE, a, b, x)
            return gamma * joint[:, 1] + (1 - gamma) * joint.logsumexp(1)

        for guided in (by_fields, by_classifier):
            score = replace(model, field=guided).faces(x, a, b).score
            torch.testing.assert_close(score, slope(tilted, x), rtol=1e-6, atol=1e-6)


def test_its_parts_are_the_field_of_the_class_and_that_of_all() -> None:
    field, x = exact_field(PLAIN), drawn(NOISE, 20, 0).double()
    model = exact_model(PLAIN)
    by_fields = guided_field(field, PLAIN, 0, Strength(2.5))
    by_classifier = ClassifierGuidance(
        field, exact_classifier(PLAIN), 0, Strength(2.5), model.path, model.source
    )
    ours = flowlab.oracle(PLAIN, condition=0).velocity(x, 0.6)
    for guided in (by_fields, by_classifier):
        parts = guided.parts(x, 0.6)
        torch.testing.assert_close(parts.guided, guided.velocity(x, 0.6))
        torch.testing.assert_close(parts.conditional, ours)
        torch.testing.assert_close(parts.unconditional, field.velocity(x, 0.6))
    network = untrained(CLASSES)
    parts = GuidedNetwork(network, 1, Strength(2.0)).parts(x.float(), 0.6)
    torch.testing.assert_close(parts.unconditional, network.for_all().velocity(x.float(), 0.6))
    torch.testing.assert_close(parts.guided, 2 * parts.conditional - parts.unconditional)


@pytest.mark.parametrize("how", EVERY)
def test_at_gamma_1_and_0_bits_are_those_of_the_class_and_of_all(
    how: dict[str, object], run: Run
) -> None:
    exact, both = flowlab.oracle(CLASSES), {"n": 40, "steps": 12, "seed": 3, **how}
    for given in ({"label": 1}, {"label": 1, "guidance": 1}):
        expected = flowlab.sample(run, condition=1, **both).points  # type: ignore[arg-type]
        np.testing.assert_array_equal(flowlab.sample(run, **both, **given).points, expected)  # type: ignore[arg-type]
        expected = flowlab.sample(flowlab.oracle(CLASSES, condition=1), **both).points  # type: ignore[arg-type]
        np.testing.assert_array_equal(flowlab.sample(exact, **both, **given).points, expected)  # type: ignore[arg-type]
    none = {**both, "label": 1, "guidance": 0}
    expected = flowlab.sample(exact, **both).points  # type: ignore[arg-type]
    np.testing.assert_array_equal(flowlab.sample(exact, **none).points, expected)  # type: ignore[arg-type]
    untold = carried_by_diffusion(
        run.field,
        replace(CLASSES, network=replace(CLASSES.network, conditional=False)),
        torch.from_numpy(flowlab.sample(run, **none).points[0].copy()),  # type: ignore[arg-type]
        Sampler(**{k: v for k, v in both.items() if k not in ("n", "seed")}),  # type: ignore[arg-type]
        3,
        condition=torch.full((40,), NO_CLASS),
        workers=4,
    )
    np.testing.assert_array_equal(flowlab.sample(run, **none).points, untold.points)  # type: ignore[arg-type]
    guided = flowlab.sample(run, **both, label=1, guidance=4)  # type: ignore[arg-type]
    assert np.abs(guided.points[-1] - untold.points[-1]).max() > 1e-3


@pytest.mark.parametrize(
    "how",
    [
        {"method": "ddpm", "clamp": 4.0},
        {"method": "pf_ode"},
        {"method": "pf_ode", "interval": (0.3, 0.8)},
        {"method": "ddim", "interval": (0.3, 0.8), "guidance": 0.0},
        {"method": "reverse_sde", "standardise": True},
        {"method": "langevin"},
    ],
)
def test_guided_steps_within_the_last_layer_are_those_that_add_up(how: dict[str, object]) -> None:
    field, x = untrained(CLASSES), drawn(NOISE, 600, 0)
    classes = torch.tensor(field.classes)[torch.arange(600) % 2]
    sampler = Sampler(**{"steps": 20, "guidance": 2.5, **how})  # type: ignore[arg-type]
    one, two = (
        carried_by_diffusion(field, CLASSES, x, sampler, 1, condition=classes, workers=workers)
        for workers in (1, 2)
    )
    model = denoiser_of(field, CLASSES)
    levels = None if sampler.method == "langevin" else sampler.levels
    strength = strength_of(float(sampler.guidance or 0), model, levels, sampler.guided_in)
    beside = Beside(field)
    apart = GuidedVelocity(_Told(beside, classes), _Told(beside, classes * 0 - 1), strength)
    unguided = replace(sampler, guidance=None, interval=None)
    if sampler.method == "langevin":  # over an exact score it would take another sigma
        unguided = replace(unguided, sigmas=0.1)
    plain = carried_by_diffusion(apart, CLASSES, x, unguided, 1)
    assert one.evaluations == plain.evaluations
    np.testing.assert_array_equal(one.points, two.points)
    scale = max(1.0, float(np.abs(plain.points).max()))
    np.testing.assert_allclose(one.points, plain.points, atol=2e-4 * scale)


class _Told:
    """A conditional field told the class of each point."""

    def __init__(self, field: Beside, classes: torch.Tensor) -> None:
        self._field, self._classes, self.edge = field, classes, field.edge

    def velocity(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
        return self._field.velocity(x, t, self._classes)


@pytest.mark.parametrize("document", [PLAIN, CURVED])
def test_an_interval_is_one_of_the_sampler_s_t(document: Document) -> None:
    sampler = Sampler(steps=10, label=1, guidance=5.0, interval=(0.25, 0.75))
    model, levels = exact_model(document), sampler.levels
    guided = guided_by(model, document, sampler)
    assert guided is not None
    times = model.read(levels.signal[:-1], levels.noise[:-1]).times
    found = [guided.strength.at(t) for t in times]
    assert found == [5.0 if 0.25 <= t <= 0.75 else 1.0 for t in levels.times[:-1]]
    several = guided.strength.at(torch.tensor(times, dtype=torch.float64))
    assert isinstance(several, torch.Tensor)
    assert several[:, 0].tolist() == found
    x = drawn(NOISE, 10, 0)
    one = flowlab.oracle(document, condition=1).velocity(x, times[0])
    torch.testing.assert_close(guided.velocity(x, times[0]), one)
    assert Sampler(label=1, guidance=2.0, interval=(0.0, 1.0)).guided_in == (0.0, 1.0)


def test_only_the_field_that_counts_is_asked() -> None:
    class Never:
        def velocity(self, x: torch.Tensor, t: object) -> torch.Tensor:
            raise AssertionError

    field, x = exact_field(PLAIN), drawn(NOISE, 5, 0)
    GuidedVelocity(field, Never(), Strength(1.0)).velocity(x, 0.5)
    GuidedVelocity(Never(), field, Strength(0.0)).velocity(x, 0.5)
    model = exact_model(PLAIN)
    off = ClassifierGuidance(field, Never(), 0, Strength(0.0), model.path, model.source)  # type: ignore[arg-type]
    torch.testing.assert_close(off.velocity(x, 0.5), field.velocity(x, 0.5))
    assert [Strength(g).fields(0.5) for g in (0.0, 1.0, 2.0)] == [1, 1, 2]
    assert [Strength(2.0, (0.2, 0.6)).fields(t) for t in (0.1, 0.4, 0.8)] == [1, 2, 1]


@pytest.mark.parametrize("method", ["ddim", "pf_ode", "reverse_sde"])
def test_outside_its_interval_guidance_asks_the_network_once_a_step(method: str) -> None:
    """Twice the evaluations of the steps inside, once those of the others, in any sampler."""
    field, x = untrained(CLASSES), drawn(NOISE, 30, 0)
    corrector = {"corrector": 1} if method == "reverse_sde" else {}
    sampler = Sampler(method=method, steps=20, guidance=3.0, label=1, interval=(0.24, 0.76),
                      **corrector)  # type: ignore[arg-type]  # fmt: skip
    inside = [0.24 <= t <= 0.76 for t in sampler.levels.times[:-1]]
    asked = [2 if each else 1 for each in inside]
    twice = asked[1:] if method != "ddim" else []  # levels that are read again
    guided = carried_by_diffusion(field, CLASSES, x, sampler, 1)
    assert sum(inside) == 11
    assert guided.evaluations == sum(asked) + sum(twice)
    plain = replace(sampler, guidance=1.0, interval=None)
    assert carried_by_diffusion(field, CLASSES, x, plain, 1).evaluations == 20 + len(twice)


def test_steps_that_need_one_field_see_the_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 600 points two shares are carried inside the interval, one outside."""
    seen: list[tuple[int, int]] = []
    carry = FoldedSteps.carry

    def count(self: FoldedSteps, x: torch.Tensor, *args: object, **how: object) -> object:
        seen.append((len(self.scale), self.shares))
        return carry(self, x, *args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(FoldedSteps, "carry", count)
    sampler = Sampler(steps=20, guidance=3.0, label=1, interval=(0.24, 0.76))
    carried_by_diffusion(untrained(CLASSES), CLASSES, drawn(NOISE, 600, 0), sampler, 1)
    assert seen == [(5, 1), (11, 2), (4, 1)]


def test_what_cannot_be_guided_is_told() -> None:
    always = replace(CLASSES, training=Training())
    field = untrained(always)
    guided_field(field, always, 1, Strength(1.0))
    with pytest.raises(Invalid, match="set Label dropout"):
        guided_field(field, always, 1, Strength(2.0))
    with pytest.raises(Invalid, match="knows no class 5, but 0, 1"):
        guided_field(field, always, 5, Strength(1.0))
    with pytest.raises(Invalid, match="no class 5, but 0, 1"):
        guided_field(exact_field(PLAIN), PLAIN, 5, Strength(2.0))
    one = Document(target=Gaussian())
    with pytest.raises(Invalid, match="no classes to guide to"):
        guided_field(exact_field(one), one, 0, Strength(2.0))
    with pytest.raises(Invalid, match="say which, as label"):
        flowlab.sample(flowlab.oracle(PLAIN), 5, method="ddim", guidance=3)
