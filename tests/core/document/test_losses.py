"""The losses in symbols: those of the numbers that training gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import BETWEEN_WALLS, PREDICTIONS, Network
from flowlab.core.document.paths import Path
from flowlab.core.document.training import Training
from flowlab.core.interpolants.parameterization import make_parameterization
from flowlab.core.interpolants.paths import interpolant_of

NOISY = Path(noise="brownian")


@pytest.mark.parametrize(
    ("predicts", "path", "squared", "quadratic"),
    [
        ("velocity", Path(), "|v − ẋ|²", "½|v|² − ẋ·v"),
        ("velocity", NOISY, "|v − ẋ|²", "½|v|² − ẋ·v"),
        ("denoiser", Path(), "|d − x₁|²", "½|d|² − x₁·d"),
        ("denoiser", NOISY, "|d − x₁|²", "½|d|² − x₁·d"),
        ("noise", Path(), "|η − x₀|²", "½|η|² − x₀·η"),
        ("noise", NOISY, "|η − z|²", "½|η|² − z·η"),
        ("score", Path(), "|a s + x₀|²", "½|a s|² + x₀·a s"),
        ("score", NOISY, "|γ s + z|²", "½|γ s|² + z·γ s"),
        (BETWEEN_WALLS, Path(), "|σ s − σ ∇ log p(xₜ | x₁)|²", "½|σ s|² − σ ∇ log p(xₜ | x₁)·σ s"),
        ("velocity_and_noise", NOISY, "|v − ẋ|² + |η − z|²", "½|v|² − ẋ·v + ½|η|² − z·η"),
    ],
)
def test_each_prediction_has_its_own_loss(
    predicts: str, path: Path, squared: str, quadratic: str
) -> None:
    regression = Regression.of(Document(network=Network(predicts=predicts), path=path))
    assert (regression.squared, regression.quadratic) == (squared, quadratic)
    assert regression.title("mse") == f"MSE  {squared}"


def test_between_walls_the_loss_is_that_which_is_chosen() -> None:
    def of(**training: str) -> Regression:
        network = Network(predicts=BETWEEN_WALLS)
        return Regression.of(Document(network=network, training=Training(**training)))  # type: ignore[arg-type]

    implicit = of(score_matching="implicit", weighting="inverse", objective="quadratic")
    assert implicit.implicit
    assert implicit.title("mse") == "|σ s|² + 2 σ² ∇·s"  # no mean squared error of anything
    assert implicit.quadratic == "½|σ s|² + σ² ∇·s"
    assert "no point is asked for anything" in implicit.meaning
    assert implicit.trained_on("quadratic")
    weighted = of(weighting="inverse")
    assert not weighted.implicit
    assert weighted.squared == "|√λ s − √λ ∇ log p(xₜ | x₁)|²"
    assert "λ = min(2/E|∇ log p(xₜ | x₁)|², 10 σ²)" in weighted.meaning
    elsewhere = Document(training=Training(score_matching="implicit", weighting="inverse"))
    assert Regression.of(elsewhere) == Regression()  # of a flow, neither is chosen


def test_the_words_name_both_that_are_learned_at_once() -> None:
    meaning = Regression("velocity_and_noise", noisy=True).meaning
    assert "v is what the network predicts (the velocity), ẋ what each pair asks" in meaning
    assert "η is what the network predicts (the noise), z what each pair asks" in meaning


@pytest.mark.parametrize("path", [Path(), NOISY])
@pytest.mark.parametrize(
    "predicts", [name for name in PREDICTIONS if "_and_" not in name and name != BETWEEN_WALLS]
)
def test_the_symbols_are_those_of_the_regression(predicts: str, path: Path) -> None:
    """Weighted target of the trainer, against what the formula's second symbol says it is."""
    to_learn = make_parameterization(predicts, interpolant_of(path))
    x0, x1, z = torch.randn(3, 50, 2)
    t = torch.linspace(0.1, 0.9, 50)
    target = to_learn.target(x0, x1, t, z if path.noisy else None)
    weight = torch.ones(50) if to_learn.sqrt_weight is None else to_learn.sqrt_weight(t)
    known = {
        "ẋ": to_learn.path.velocity(x0, x1, t, z if path.noisy else None),
        "x₁": x1,
        "x₀": x0,
        "z": z,
    }
    formula = Regression(predicts, path.noisy).squared
    prediction, _, symbol = formula[1:-2].replace(" + ", " − -").partition(" − ")
    sign = -1.0 if symbol.startswith("-") else 1.0
    torch.testing.assert_close(weight[:, None] * target, sign * known[symbol.strip("-")])
    assert (prediction in ("a s", "γ s")) == (to_learn.sqrt_weight is not None)


def test_the_loss_that_is_trained_on_is_marked() -> None:
    said = {
        objective: [Regression(objective=objective).trained_on(which) for which in ("mse", "gap")]
        for objective in ("mse", "quadratic", "sum", "l1")
    }
    assert said["mse"] == [" · trained on", ""]
    assert said["quadratic"] == ["", ""]
    assert said["sum"] == [" · trained on its sum", ""]
    assert said["l1"] == [" · trained on L1", ""]
    assert Regression(objective="quadratic").trained_on("quadratic") == " · trained on"


def test_every_prediction_says_what_its_symbols_mean() -> None:
    document = Document(training=Training(objective="sum"))
    for predicts in PREDICTIONS:
        network = replace(document.network, predicts=predicts)
        meaning = Regression.of(replace(document, network=network)).meaning
        named = predicts.replace("_between_walls", "").split("_and_")
        assert all(f"the {name}" in meaning for name in named)
        assert "each pair asks of it" in meaning


def test_the_weights_of_the_bound_are_named() -> None:
    weighted = Regression(loss_weights="bound")
    assert weighted.squared == "w |v − ẋ|²"
    assert weighted.quadratic == "w (½|v|² − ẋ·v)"
    assert weighted.meaning.endswith("w is the weight that the ELBO gives to the error at each t")
    assert "ELBO" not in Regression().meaning
