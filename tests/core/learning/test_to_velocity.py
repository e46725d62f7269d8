"""From exact predictions to the velocity between two Gaussians, which Bayes' rule gives by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowlab.core.document.paths import Path
from flowlab.core.interpolants.parameterization import Normal, make_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.to_velocity import VelocityFromPrediction
from tests.helpers.randomness import rng

MEAN0, COV0 = torch.tensor([0.5, -1.0]).double(), torch.tensor([[1.5, 0.4], [0.4, 0.7]]).double()
MEAN1, COV1 = torch.tensor([3.0, 1.0]).double(), torch.tensor([[0.2, -0.1], [-0.1, 0.4]]).double()
SOURCE = Normal(MEAN0, COV0)
KINDS = {
    "linear": Path(),
    "noisy": Path(noise="brownian", level=0.8),
    "trigonometric": Path(kind="trigonometric", noise="sine", level=0.5),
}


def known(path: Path, x: Tensor, t: float) -> dict[str, Tensor]:
    """What networks learn to predict at x (n, 2), each (n, 2)."""
    way, now = interpolant_of(path), torch.tensor([t]).double()
    a, b, c = (float(f(now)) for f in (way.alpha, way.beta, way.gamma))
    dots = [float(f(now)) for f in (way.alpha_dot, way.beta_dot, way.gamma_dot)]
    total = torch.linalg.inv(a * a * COV0 + b * b * COV1 + c * c * torch.eye(2).double())
    off = (x - a * MEAN0 - b * MEAN1) @ total
    x0, x1, z = MEAN0 + a * off @ COV0, MEAN1 + b * off @ COV1, c * off
    v = dots[0] * x0 + dots[1] * x1 + (dots[2] * z if way.noisy else 0)
    noise, score = (z, -off) if way.noisy else (x0, -x0 / a)  # where x0 is the noise, as it is
    return {"velocity": v, "denoiser": x1, "noise": noise, "score": score}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("predicts", ["velocity", "denoiser", "noise", "score"])
@pytest.mark.parametrize("t", [0.1, 0.5, 0.85])
def test_an_exact_prediction_gives_the_exact_velocity(name: str, predicts: str, t: float) -> None:
    path = KINDS[name]
    parameterization = make_parameterization(predicts, interpolant_of(path))
    turned = VelocityFromPrediction(parameterization, SOURCE, None)
    x = 2 * torch.randn(50, 2, dtype=torch.float64, generator=rng())
    told = known(path, x, t)
    found = turned(told[predicts], x, torch.tensor([t]).double())
    torch.testing.assert_close(found, told["velocity"], rtol=1e-6, atol=1e-6)
    turn, rest = (
        each[1] for each in turned.at(torch.tensor([0.3, t, 0.0]).double()[:, None, None])
    )
    affine = told[predicts] @ turn.T + x @ rest[:, :2].T + rest[:, 2]
    torch.testing.assert_close(affine, found, rtol=1e-6, atol=1e-6)


def test_without_preconditioning_the_ends_are_kept_at_a_distance() -> None:
    parameterization = make_parameterization("denoiser", interpolant_of(Path()))
    assert VelocityFromPrediction(parameterization, SOURCE, None).edge == pytest.approx(1e-2)
