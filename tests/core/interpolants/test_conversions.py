"""Conversions against Bayes' rule for mixtures, written out here; and what must be refused."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Moons
from flowlab.core.interpolants.conversions import NAMES, Conversion, convert
from flowlab.core.interpolants.document_parameterization import known_source, parameterization_of
from flowlab.core.interpolants.parameterization import (
    Normal,
    Parameterization,
    make_parameterization,
)
from flowlab.core.interpolants.paths import Interpolant, interpolant_of

T = torch.tensor([0.03, 0.2, 0.44, 0.5, 0.71, 0.93], dtype=torch.float64)
NORMAL = Normal(
    torch.tensor([0.7, -1.2], dtype=torch.float64),
    torch.tensor([[1.6, 0.5], [0.5, 0.6]], dtype=torch.float64),
)
PATHS = {
    "linear": Path(),
    "linear, noisy": Path(noise="brownian", level=0.8),
    "trigonometric, noisy": Path(kind="trigonometric", noise="sine", level=0.6),
    "preserving, late": Path(kind="preserving", clock="late"),
    "preserving, noisy": Path(kind="preserving", noise="quadratic"),
    "custom": Path(kind="custom", alpha_knots=((0.3, 0.9), (0.6, 0.2))),
    "encoding": Path(kind="encoding", noise="sine"),
    "mirror": Path(kind="mirror", noise="brownian"),
}


@dataclass
class Parts:
    """A mixture: weights (k,), means (k, 2), covariances (k, 2, 2)."""

    weights: Tensor
    means: Tensor
    covs: Tensor


def _mixture(seed: int, count: int) -> Parts:
    rng = torch.Generator().manual_seed(seed)
    roots = 0.5 * torch.randn(count, 2, 2, generator=rng, dtype=torch.float64)
    covs = roots @ roots.mT + 0.1 * torch.eye(2, dtype=torch.float64)
    means = 2 * torch.randn(count, 2, generator=rng, dtype=torch.float64)
    return Parts(torch.full((count,), 1 / count, dtype=torch.float64), means, covs)


ONE = Parts(torch.ones(1, dtype=torch.float64), NORMAL.mean[None], NORMAL.cov[None])


def bayes(path: Interpolant, p0: Parts, p1: Parts, x: Tensor, t: float) -> dict[str, Tensor]:
    """All five quantities at x (n, 2) and one time: regression within each pair of components."""
    s = torch.tensor([t], dtype=torch.float64)
    a, b, g = (float(f(s)) for f in (path.alpha, path.beta, path.gamma))
    rates = [float(f(s)) for f in (path.alpha_dot, path.beta_dot, path.gamma_dot)]
    eye, logs, rows = torch.eye(2, dtype=torch.float64), [], []
    for i, j in product(range(len(p0.weights)), range(len(p1.weights))):
        cov = a * a * p0.covs[i] + b * b * p1.covs[j] + g * g * eye
        mean = a * p0.means[i] + b * p1.means[j]
        distribution = torch.distributions.MultivariateNormal(mean, cov)
        logs.append((p0.weights[i] * p1.weights[j]).log() + distribution.log_prob(x))
        solved = torch.linalg.solve(cov, (x - mean).T).T
        parts = [
            p0.means[i] + a * solved @ p0.covs[i],
            p1.means[j] + b * solved @ p1.covs[j],
            g * solved,
        ]
        velocity = sum(rate * part for rate, part in zip(rates, parts, strict=True))
        rows.append(torch.stack([velocity, -solved, parts[1], parts[0], parts[2]]))
    shares = torch.stack(logs).softmax(0)
    found = torch.einsum("kn,kqnd->qnd", shares, torch.stack(rows))
    return dict(zip(("velocity", "score", "denoiser", "source", "noise"), found, strict=True))


def _truth(name: str, p0: Parts) -> tuple[Interpolant, Tensor, dict[str, Tensor]]:
    """The path, points (n, 2) and the exact quantities, each time of T in turn."""
    path, p1 = interpolant_of(PATHS[name]), _mixture(2, 3)
    x = 1.5 * torch.randn(len(T), 2, generator=torch.Generator().manual_seed(3)).double()
    each = [bayes(path, p0, p1, x[k : k + 1], float(t)) for k, t in enumerate(T)]
    return path, x, {key: torch.cat([one[key] for one in each]) for key in NAMES}


def _own_noise(path: Interpolant, truth: dict[str, Tensor]) -> Tensor:
    """E[z | x], z the path's noise or else that of the Gaussian source."""
    if path.noisy:
        return truth["noise"]
    values, axes = torch.linalg.eigh(NORMAL.cov)
    return (truth["source"] - NORMAL.mean) @ axes @ torch.diag(values.rsqrt()) @ axes.T


def _legal(path: Interpolant, given: str, wanted: str, source: Normal | None) -> bool:
    try:
        Conversion(path, given, wanted, source)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("source", ["gaussian", "mixture"])
def test_every_conversion_that_is_not_refused_is_right(name: str, source: str) -> None:
    known = NORMAL if source == "gaussian" else None
    path, x, truth = _truth(name, ONE if known else _mixture(1, 2))
    if known is not None:
        truth["noise"] = _own_noise(path, truth)
    tried = 0
    for given, wanted in product(NAMES, NAMES):
        if _legal(path, given, wanted, known):
            found = convert(truth[given], x, T, path, given, wanted, known)
            there = found.isfinite().all(1)
            assert (
                int(there.sum()) >= len(T) - 1
            )  # where gamma' = 0, a mirror's velocity says nothing
            torch.testing.assert_close(found[there], truth[wanted][there], atol=1e-6, rtol=1e-6)
            tried += 1
    assert tried >= 5


@pytest.mark.parametrize("name", PATHS)
def test_conversions_there_and_back_again(name: str) -> None:
    path, x, truth = _truth(name, ONE)
    for given, wanted in product(NAMES, NAMES):
        there_and_back = (given, wanted), (wanted, given)
        if given != wanted and all(_legal(path, *pair, NORMAL) for pair in there_and_back):
            value = truth[given] if given != "noise" else _own_noise(path, truth)
            there = convert(value, x, T, path, given, wanted, NORMAL)
            back = convert(there, x, T, path, wanted, given, NORMAL)
            good = back.isfinite().all(1)
            assert int(good.sum()) >= len(T) - 1
            torch.testing.assert_close(back[good], value[good], atol=1e-6, rtol=1e-6)


LEGAL_WITHOUT_GAUSSIAN = {
    "linear": {("velocity", "denoiser"), ("velocity", "source"), ("denoiser", "source")},
    "linear, noisy": {("score", "noise")},
    "trigonometric, noisy": {("score", "noise")},
    "custom": {("velocity", "denoiser"), ("velocity", "source"), ("denoiser", "source")},
    # The half of the path that only x0 takes part in says nothing of x1, and the other way round.
    "encoding": {("score", "noise"), ("score", "velocity"), ("noise", "velocity")},
    # The source takes no part at all.
    "mirror": {
        (one, two)
        for one, two in product(("velocity", "score", "noise", "denoiser"), repeat=2)
        if one < two
    },
}


@pytest.mark.parametrize("name", LEGAL_WITHOUT_GAUSSIAN)
def test_without_a_gaussian_source_only_these_follow_from_each_other(name: str) -> None:
    path, pairs = interpolant_of(PATHS[name]), LEGAL_WITHOUT_GAUSSIAN[name]
    both = pairs | {(two, one) for one, two in pairs}
    for given, wanted in product(NAMES, NAMES):
        if given != wanted:
            assert _legal(path, given, wanted, None) == ((given, wanted) in both), (given, wanted)


def test_with_a_gaussian_source_everything_follows_from_anything() -> None:
    for name in ("linear", "linear, noisy", "trigonometric, noisy", "preserving, noisy", "custom"):
        path = interpolant_of(PATHS[name])
        assert all(_legal(path, one, two, NORMAL) for one, two in product(NAMES, NAMES))


def test_the_two_answers_to_one_velocity() -> None:
    """Why the score does not follow from the velocity: both laws have the same field, b = x."""
    # x1 = c x0 makes b = (c - 1) x / (1 - t + c t) for any law of x0 at all, whatever its score.
    x0 = torch.randn(4000, 2, dtype=torch.float64)
    for distribution in (x0, x0.sign() * x0.square()):
        t, c = 0.4, 3.0
        x = (1 - t) * distribution + t * c * distribution
        torch.testing.assert_close((c - 1) * distribution, (c - 1) / (1 - t + c * t) * x)
    with pytest.raises(Invalid, match="score does not follow from the velocity") as refused:
        Conversion(interpolant_of(Path()), "velocity", "score")
    assert str(refused.value).count(".") == 1


def test_velocity_to_score_is_the_formula_of_the_notebook() -> None:
    path = interpolant_of(Path())
    unit = Normal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    x, b = torch.randn(2, len(T), 2, dtype=torch.float64)
    score = convert(b, x, T, path, "velocity", "score", unit)
    t = T[:, None]
    torch.testing.assert_close((1 - t) * score, t * b - x)


def test_times_at_which_nothing_follows_are_blank() -> None:
    path = interpolant_of(Path())
    x, value = torch.randn(2, 3, 2, dtype=torch.float64)
    t = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    found = convert(value, x, t, path, "velocity", "score", NORMAL)
    assert found.isfinite().all(1).tolist() == [True, True, False]
    velocity = convert(value, x, t, path, "denoiser", "velocity")
    assert velocity.isfinite().all(1).tolist() == [True, True, False]


@pytest.mark.parametrize("predicts", ["velocity", "score", "denoiser", "noise"])
@pytest.mark.parametrize("name", ["linear", "linear, noisy", "preserving, late"])
def test_what_a_network_is_trained_on_converts_to_the_velocity(predicts: str, name: str) -> None:
    path, x, truth = _truth(name, ONE)
    parameterization = make_parameterization(predicts, path)
    p, q, r = (
        (f(T) + 0 * T)[:, None]
        for f in (parameterization.p, parameterization.q, parameterization.r)
    )
    mean = p * truth["source"] + q * truth["denoiser"] + r * truth["noise"]  # E[Y | x]
    found = Conversion(path, parameterization, "velocity", NORMAL)(mean, x, T)
    torch.testing.assert_close(found, truth["velocity"], atol=1e-6, rtol=1e-6)


def _document(path: Path, predicts: str, **parts: object) -> Document:
    return Document(path=path, network=Network(predicts=predicts), **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            _document(Path(), "score", source=Moons()),
            "can learn the score only where the source is one Gaussian",
        ),
        (
            _document(Path(), "noise", source=Moons()),
            "can learn the noise only where the source is one Gaussian",
        ),
        (_document(Path(), "noise", coupling=Coupling(kind="ot")), "drawn independently"),
        (_document(Path(noise="sine"), "score", source=Moons()), "velocity does not follow"),
        (_document(Path(noise="sine"), "denoiser", source=Moons()), "velocity does not follow"),
        (_document(Path(kind="mirror", noise="sine"), "velocity"), "same shape as source and"),
    ],
)
def test_what_no_flow_follows_from_is_refused_in_one_sentence(
    document: Document, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        parameterization_of(document)


def test_what_a_flow_follows_from_is_taken() -> None:
    moons = Moons()
    for document in (
        _document(Path(), "denoiser", source=moons),
        _document(Path(), "score"),
        _document(Path(kind="mirror", noise="sine"), "score", source=moons, target=moons),
        _document(Path(kind="encoding", noise="sine"), "noise", source=moons),
        _document(Path(noise="brownian"), "denoiser"),
    ):
        assert isinstance(parameterization_of(document), Parameterization)


def test_only_one_independent_gaussian_is_a_known_source() -> None:
    tilted = known_source(Document(source=Gaussian(std_x=2.0, std_y=0.5, offset_x=1.0)))
    assert tilted is not None
    assert tilted.mean.tolist() == [1.0, 0.0]
    torch.testing.assert_close(tilted.cov, torch.diag(torch.tensor([4.0, 0.25])).double())
    assert known_source(Document(source=Moons())) is None
    assert known_source(Document(source=Mixture())) is None
    assert known_source(Document(coupling=Coupling(kind="ot"))) is None
