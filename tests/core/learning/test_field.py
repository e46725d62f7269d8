"""Networks as fields: whatever they predict, at one time and at many, and near the ends of time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.document_parameterization import parameterization_of
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import divergence
from flowlab.core.solvers.ode import integrate

SMALL = Network(width=16, depth=2)
WAYS = [
    (Path(), "velocity"),
    (Path(), "denoiser"),
    (Path(), "score"),
    (Path(kind="preserving"), "velocity"),
    (Path(noise="brownian"), "velocity"),
    (Path(noise="brownian"), "denoiser"),
    (Path(noise="sine", level=0.5), "noise"),
    (Path(kind="trigonometric", clock="smooth"), "noise"),
    (Path(kind="encoding", noise="sine"), "score"),
]


def _document(path: Path, predicts: str, **fields: object) -> Document:
    network = Network(width=16, depth=2, predicts=predicts, **fields)  # type: ignore[arg-type]
    return Document(path=path, network=network, training=Training(batch=64))


def _trained(document: Document, steps: int = 40) -> LearnedVelocity:
    trainer = Trainer(document)
    trainer.advance(steps)
    return field_of(document, trainer.weights())


PLAIN = [way for way in WAYS if way[1] != "noise" or not way[0].noisy]  # the rest is refused


@pytest.mark.parametrize(
    ("path", "predicts", "precondition"),
    [(*way, True) for way in WAYS] + [(*way, False) for way in PLAIN],
)
def test_one_time_for_all_and_each_its_own_give_the_same_finite_velocity(
    path: Path, predicts: str, precondition: bool
) -> None:
    document = _document(path, predicts, precondition=precondition)
    field, x = _trained(document), 2 * torch.randn(60, 2)
    for t in (0.0, 0.02, 0.5, 0.9, 1.0):
        one, each = field.velocity(x, t), field.velocity(x, torch.full((60,), t))
        assert bool(one.isfinite().all())
        torch.testing.assert_close(one, each, atol=0.03, rtol=0.01)


@pytest.mark.parametrize(("path", "predicts"), WAYS)
def test_an_untrained_net_is_exact_between_gaussians_whatever_it_predicts(
    path: Path, predicts: str
) -> None:
    document = _document(path, predicts)
    ends = Gaussian(offset_x=1.0), Gaussian(std_x=2.0, std_y=2.0, offset_y=-1.0)
    document = document.with_parts(source=ends[0], target=ends[1])
    field, oracle = field_of(document, Trainer(document).weights()), oracle_for(document)
    assert oracle is not None
    for t in (0.01, 0.3, 0.5, 0.7, 0.99):
        x = oracle.sample(torch.full((200,), t), torch.Generator().manual_seed(1)).float()
        exact = oracle.velocity(x, t)
        error = (field.velocity(x, t) - exact).norm() / exact.norm().clamp_min(0.1)
        assert float(error) < 5e-3, t


def test_predictions_agree_about_the_score() -> None:
    """Trained on other targets, asked for the same thing."""
    x, t = torch.randn(300, 2), torch.rand(300) * 0.8 + 0.1
    target = Gaussian(std_x=1.5, std_y=0.7, correlation=0.5)
    scores = {}
    for predicts in ("velocity", "denoiser", "score", "noise"):
        document = _document(Path(noise="brownian"), predicts).with_parts(target=target)
        field = field_of(document, Trainer(document).weights())
        scores[predicts] = field.predict("score", x, t)
    oracle = oracle_for(document)
    assert oracle is not None
    exact = oracle.score(x, t)
    for found in scores.values():
        # Not exactly: the noise along the common axes is taken by its diagonal.
        assert float((found - exact).norm() / exact.norm()) < 0.12


def test_the_divergence_of_a_converted_field_is_that_of_its_velocity() -> None:
    field, x = _trained(_document(Path(noise="sine", level=0.5), "noise")), torch.randn(50, 2)
    h = 1e-2
    v, trace = divergence(field, x.double(), 0.6)
    steps = h * torch.eye(2)
    partials = [
        (field.velocity(x + step, 0.6) - field.velocity(x - step, 0.6))[:, k] / (2 * h)
        for k, step in enumerate(steps)
    ]
    np.testing.assert_allclose(v, field.velocity(x, 0.6), atol=1e-4)
    np.testing.assert_allclose(trace, partials[0] + partials[1], atol=0.02)


def test_samples_of_a_score_arrive() -> None:
    """The whole way, through the ends of time where the conversion magnifies every error."""
    document = _document(Path(noise="brownian", level=0.5), "score")
    document = document.with_parts(target=Ring(count=2, radius=2.0, std=0.4))
    field = _trained(document, 300)
    x0 = torch.randn(1000, 2, generator=torch.Generator().manual_seed(5))
    x1 = integrate(field.velocity, x0, document.solver).points[-1]
    assert bool(x1.isfinite().all())
    far = (x1.abs().amax(1) > 4).float().mean()
    assert float(far) < 0.02
    assert float(x1.norm(dim=1).median()) == pytest.approx(2.0, abs=0.4)


def test_what_cannot_be_turned_into_a_velocity_is_refused() -> None:
    document = _document(Path(noise="sine"), "score").with_parts(source=Moons())
    with pytest.raises(Invalid, match="velocity does not follow from the score"):
        Trainer(document)
    plain = _document(Path(noise="sine"), "noise", precondition=False)
    with pytest.raises(Invalid, match="switch Precondition on"):
        Trainer(plain)
    field = _trained(_document(Path(noise="sine"), "velocity").with_parts(source=Moons()), 1)
    with pytest.raises(Invalid, match="score does not follow from the velocity"):
        field.predict("score", torch.zeros(1, 2), torch.tensor([0.5]))


def test_the_linear_velocity_needs_no_turning() -> None:
    parameterization = parameterization_of(Document())
    assert parameterization.is_linear_velocity
    assert not parameterization_of(Document(path=Path(clock="late"))).is_linear_velocity
    assert interpolant_of(Path()) is parameterization.path
