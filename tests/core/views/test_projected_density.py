"""The density along a direction against quadrature, samples and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Gaussian, Mixture, Ring
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.views import projected_densities
from flowlab.core.views.projected_densities import projected_density
from flowlab.core.views.projected_density import (
    Components,
    ProjectedDensity,
    ProjectedMixture,
    ProjectedSamples,
    Schedules,
    direction,
)

TILTED = Gaussian(offset_x=1.0, std_x=0.5, std_y=1.2, correlation=0.4)
DOCUMENTS = [
    Document(source=Gaussian(), target=Ring()),
    Document(source=TILTED, target=Mixture()),
    Document(source=TILTED, target=Ring(), path=Path(noise="quadratic", level=2.0)),
]
angles = st.floats(0.0, 180.0)
times = st.floats(0.02, 0.98)


def known(document: Document) -> ProjectedDensity:
    return projected_density(document)


def integrated(document: Document, angle: float, t: float, x: np.ndarray) -> np.ndarray:
    """The density of the plane, added up across the direction at each coordinate."""
    oracle = oracle_for(document)
    assert oracle is not None
    radians = math.radians(angle)
    u = np.array([math.cos(radians), math.sin(radians)])
    v = np.array([-u[1], u[0]])
    across = np.linspace(-14, 14, 561)
    points = x[:, None, None] * u + across[:, None] * v
    values = oracle.density(torch.from_numpy(points.reshape(-1, 2)), t).numpy()
    return np.trapezoid(values.reshape(len(x), -1), across, axis=1)


@pytest.mark.parametrize("document", DOCUMENTS, ids=["ring", "tilted", "latent noise"])
@settings(max_examples=6, deadline=None)
@given(angle=angles, t=times)
def test_it_is_the_integral_across_any_direction(
    document: Document, angle: float, t: float
) -> None:
    x = np.linspace(-8, 8, 33)
    found = known(document).density(angle, np.array([t]), x)[0]
    assert found == pytest.approx(integrated(document, angle, t, x), abs=2e-5)


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0, 180.0])
def test_samples_of_the_exact_law_have_its_histogram(angle: float) -> None:
    document, n, t = DOCUMENTS[2], 40_000, 0.6
    oracle = oracle_for(document)
    assert oracle is not None
    rng = torch.Generator().manual_seed(4)
    along = oracle.sample(torch.full((n,), t), rng).numpy() @ direction(angle)
    edges = np.linspace(-8, 8, 41)
    fine = np.linspace(-8, 8, 40 * 32 + 1)[:-1] + 0.5 * 16 / (40 * 32)
    chance = known(document).density(angle, np.array([t]), fine)[0].reshape(40, 32).mean(1) * 0.4
    counts = np.histogram(along, edges)[0]
    assert (np.abs(counts - n * chance) < 4.5 * np.sqrt(n * chance) + 4.5).all()


def test_x_at_0_and_y_at_90_degrees_exactly() -> None:
    assert direction(0.0).tolist() == [1.0, 0.0]
    assert direction(90.0).tolist() == [0.0, 1.0]
    assert direction(180.0).tolist() == [-1.0, 0.0]


def test_cells_hold_their_means() -> None:
    x = np.linspace(-3, 3, 41)
    width = float(x[1] - x[0])
    found = known(Document(source=Gaussian(), target=Gaussian(std_x=0.5))).density(
        0.0, np.array([1.0]), x, width
    )[0]
    cdf = stats.norm(scale=0.5).cdf
    assert found == pytest.approx((cdf(x + width / 2) - cdf(x - width / 2)) / width, abs=1e-4)


def test_atoms_are_unknown_at_a_point_and_known_to_a_cell() -> None:
    atom = Components(weights=np.ones(1), means=np.array([[0.25, 0.0]]), covs=np.zeros((1, 2, 2)))
    still = Schedules(values=np.stack([np.zeros(3), np.ones(3), np.zeros(3)]))
    law = ProjectedMixture(source=atom, target=atom, schedules=still)
    x = np.linspace(-1, 1, 201)
    assert np.isnan(law.density(0.0, np.array([0.5]), x)).all()
    cells = law.density(0.0, np.array([0.5]), x, 0.01)[0]
    assert cells.sum() * 0.01 == pytest.approx(1.0, abs=5e-4)
    assert x[cells.argmax()] == pytest.approx(0.25, abs=0.006)


@settings(max_examples=8, deadline=None)
@given(angle=angles)
def test_an_estimate_is_near_the_exact_density_and_integrates_to_one(angle: float) -> None:
    document = DOCUMENTS[0]
    joined = interpolant_of(document.path)
    ends = document.source, document.target
    estimate = projected_densities._sampled(*ends, joined, 0, Coupling())
    x, at = np.linspace(-9, 9, 257), np.array([0.0, 0.3, 0.7, 1.0])
    cell = float(x[1] - x[0])
    values = estimate.density(angle, at, x, cell)
    assert (values >= 0).all()
    assert values.sum(1) * cell == pytest.approx(np.ones(4), abs=0.01)
    exact = known(document).density(angle, at, x, cell)
    assert (np.abs(values - exact).sum(1) * cell < 0.1).all()


def test_what_is_no_mixture_is_estimated_and_says_so() -> None:
    law = known(Document(source=Gaussian(), target=Checkerboard()))
    assert isinstance(law, ProjectedSamples)
    assert law.samples == projected_densities.SAMPLES
    assert known(DOCUMENTS[0]).samples == 0
    assert law.nbytes > 8 * law.samples


def test_too_many_components_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projected_densities, "MOST_PAIRS", 4)
    ring = Document(source=Gaussian(offset_x=0.123), target=Ring())
    assert isinstance(known(ring), ProjectedSamples)


def test_of_another_coupling_it_is_estimated_from_its_pairs() -> None:
    """Optimal transport joins N(0, 1) and N(0, 9) by x1 = 3 x0: deviation 2 in the middle."""
    document = Document(target=Gaussian(std_x=3.0, std_y=3.0), coupling=Coupling(kind="ot"))
    law, x = known(document), np.linspace(-8.0, 8.0, 161)
    assert isinstance(law, ProjectedSamples)
    values = law.density(0.0, np.array([0.5]), x, 0.1)[0]
    expected = stats.norm(scale=2.0).pdf(x)
    assert np.abs(values - expected).sum() * 0.1 < 0.1  # with independent pairs it is 0.26


@pytest.mark.parametrize("path", [Path(), Path(noise="quadratic", level=1.0)])
def test_schedules_hold_between_their_nodes(path: Path) -> None:
    joined, t = interpolant_of(path), np.linspace(0, 1, 331)
    tabulated = projected_densities._schedules(joined).at(t)
    there = torch.from_numpy(t)
    rows = [joined.alpha(there), joined.beta(there), joined.gamma(there)]
    expected = np.stack([row.expand(len(t)).numpy() for row in rows])
    assert tabulated == pytest.approx(expected, abs=1e-5)
