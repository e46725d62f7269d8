"""The score that a drift uses, against the oracle's; where it is refused; where it is evaluated."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Moons, Polygon, Ring, Shape
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import LINEAR, interpolant_of
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.sde import Drift, integrate_sde
from flowlab.core.stochastic.drift import GaussianSourceDrift, ScoreDrift, drift_of
from flowlab.core.stochastic.noise import noise_of
from tests.helpers.trainers import SMALL

SHIFTED = Gaussian(offset_x=1.2, offset_y=-0.7, std_x=0.6, std_y=1.4, correlation=0.5)
SOURCES = {"standard": Gaussian(), "shifted and tilted": SHIFTED}
PATHS = {
    "linear": Path(),
    "trigonometric": Path(kind="trigonometric"),
    "late": Path(clock="late"),
    "custom": Path(kind="custom"),
    "noisy": Path(noise="quadratic"),
    "Brownian": Path(noise="brownian", level=0.7),
}
TIMES = (0.05, 0.3, 0.5, 0.8, 0.95)


def exact_drift(
    document: Document, eps: float, shape: str = "alpha", direction: str = "forward"
) -> Drift:
    oracle = oracle_for(document)
    assert oracle is not None
    noise = noise_of(eps, shape, interpolant_of(document.path))
    return drift_of(extended_field(oracle), document, noise, 80, direction)


def at_random(n: int = 60) -> Tensor:
    return 2.5 * torch.randn(n, 2, generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
@pytest.mark.parametrize("path", PATHS.values(), ids=list(PATHS))
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_it_is_the_velocity_plus_eps_times_the_score(
    source: Shape, path: Path, direction: str
) -> None:
    document = Document(source=source, target=Ring(count=3, radius=2.0), path=path)
    oracle, x = oracle_for(document), at_random()
    assert oracle is not None
    for shape in ("alpha", "constant", "sine", *(["gamma"] if path.noisy else [])):
        drift = exact_drift(document, 1.5, shape, direction)
        assert isinstance(drift, GaussianSourceDrift)
        for t in TIMES:
            eps = noise_of(1.5, shape, interpolant_of(path)).level(t)
            sign = 1 if direction == "forward" else -1
            expected = oracle.velocity(x, t) + sign * eps * oracle.score(x, t)
            assert torch.allclose(drift(x, t), expected, rtol=1e-5, atol=1e-6)


def test_between_mixtures_the_score_is_the_oracles() -> None:
    document = Document(source=Mixture(), target=Ring(count=5))
    oracle, x, drift = oracle_for(document), at_random(), exact_drift(document, 0.8, "constant")
    assert oracle is not None
    assert isinstance(drift, ScoreDrift)
    for t in TIMES:
        expected = oracle.velocity(x, t) + 0.8 * oracle.score(x, t)
        assert torch.allclose(drift(x, t), expected)


def test_without_noise_it_is_the_velocity_bit_for_bit() -> None:
    document = Document(source=SHIFTED, target=Moons())
    oracle, x = oracle_for(document), at_random()
    assert oracle is not None
    for t in (0.0, 0.5, 1.0):
        same = exact_drift(document, 0.0)(x, t), extended_field(oracle).velocity(x, t)
        assert torch.equal(*same)


@pytest.mark.parametrize("target", [Ring(), Moons(), Polygon()], ids=["ring", "moons", "polygon"])
def test_with_the_shape_alpha_it_is_bounded_up_to_the_last_time(target: Shape) -> None:
    document = Document(source=Gaussian(), target=target)
    x, drift = points_beside(document), exact_drift(document, 2.0)
    assert max(largest(drift(x, t)) for t in (0.9, 0.99, 0.999, 1.0)) < 60


def test_with_a_constant_level_it_grows_at_the_edge_of_a_target() -> None:
    document = Document(source=Gaussian(), target=Polygon())
    oracle, x = oracle_for(document), points_beside(document)
    assert oracle is not None
    noise, flow = noise_of(2.0, "constant", LINEAR), extended_field(oracle)
    late = [largest(drift_of(flow, document, noise, steps)(x, 1.0)) for steps in (100, 1000)]
    assert late[1] > 5 * late[0]


def largest(drift: Tensor) -> float:
    return float(drift.norm(dim=1).max())


def points_beside(document: Document) -> Tensor:
    """Points a little outside of the target, where a solver's own error may bring particles."""
    oracle = oracle_for(document)
    assert oracle is not None
    return 1.02 * oracle.sample(torch.ones(200), torch.Generator().manual_seed(1)).float()


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("shape", "last"), [("alpha", 1.0), ("constant", 1 - 0.5 / 80), ("sine", 1 - 0.5 / 80)]
)
def test_the_last_time_at_which_it_is_evaluated(shape: str, last: float, direction: str) -> None:
    asked: list[float] = []

    class Spy:
        def velocity(self, x: Tensor, t: float) -> Tensor:
            asked.append(float(t))
            return torch.zeros_like(x)

    document = Document()
    drift = drift_of(Spy(), document, noise_of(1.0, shape, LINEAR), 80, direction)  # type: ignore[arg-type]
    dw = brownian_increments(3, 80, 0)
    for method in ("euler_maruyama", "stochastic_heun"):
        asked.clear()
        noise = noise_of(1.0, shape, LINEAR)
        integrate_sde(drift, noise, torch.zeros(3, 2), dw, method=method, direction=direction)
        assert min(asked) >= 0.0
        if method == "stochastic_heun" or direction == "reverse":
            assert max(asked) == last


COUPLED = {
    "optimal transport": Coupling(kind="ot"),
    "Sinkhorn": Coupling(kind="sinkhorn"),
}


@pytest.mark.parametrize("coupling", COUPLED.values(), ids=list(COUPLED))
def test_where_pairs_are_not_independent_it_is_refused(coupling: Coupling) -> None:
    document = replace(SMALL, coupling=coupling)
    noise = noise_of(1.0, "alpha", LINEAR)

    class Field:
        def velocity(self, x: Tensor, _t: float) -> Tensor:
            return x

    with pytest.raises(Invalid, match="one Gaussian drawn independently"):
        drift_of(Field(), document, noise, 80)  # type: ignore[arg-type]


def test_why_it_is_refused_there() -> None:
    """N(0, 1) to N(0, 9) by the monotone coupling x1 = 3 x0: b = 2 x / (1 + 2 t).

    The formula of independent pairs gives the score -x in place of -x / 4 at t = 1/2, and the SDE
    ends at a deviation of 1.73 in place of 3.
    """
    source = Normal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    noise = noise_of(2.0, "alpha", LINEAR)

    def velocity(x: Tensor, t: float) -> Tensor:
        return 2 * x / (1 + 2 * t)

    drift = GaussianSourceDrift(velocity, LINEAR, source, noise, (0.0, 1.0), 1)
    x = at_random()
    assert torch.allclose((drift(x, 0.5) - velocity(x, 0.5)) / noise.level(0.5), -x)
    start = torch.randn(8_000, 2, generator=torch.Generator().manual_seed(1))
    run = integrate_sde(drift, noise, start, brownian_increments(8_000, 200, 0))
    assert float(run.points[-1].std()) == pytest.approx(1.73, abs=0.05)
    assert float((3 * start).std()) == pytest.approx(3.0, abs=0.06)  # where the flow itself ends


def test_a_source_of_several_gaussians_needs_the_exact_score() -> None:
    document = Document(source=Mixture(), target=Ring())

    class Learned:
        def velocity(self, x: Tensor, _t: float) -> Tensor:
            return x

    with pytest.raises(Invalid, match="one Gaussian drawn independently"):
        drift_of(Learned(), document, noise_of(1.0, "alpha", LINEAR), 80)  # type: ignore[arg-type]
    assert math.isfinite(float(exact_drift(document, 1.0)(torch.ones(1, 2), 1.0).sum()))
