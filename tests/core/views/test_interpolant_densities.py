"""p_t as pictures draw it, against quadrature, closed forms, and the mass it must have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Drawing, Gaussian, Polygon, Shape
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views import interpolant_densities
from flowlab.core.views.cache import LruCache
from flowlab.core.views.density_map import InterpolantQuery, interpolant_drawn
from flowlab.core.views.interpolant_densities import interpolant_density

pytestmark = pytest.mark.usefixtures("_few_times")
SQUARE, TRIANGLE = named("square"), named("triangle")
ENDS = {
    "mixtures": (Gaussian(), named("eight_gaussians")),
    "polygons": (TRIANGLE, SQUARE),
    "a square and a polygon": (SQUARE, Polygon()),
}


@pytest.fixture
def _few_times(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All times of two polygons take seconds, and no time knows of the others."""
    if "nearest_time" not in request.node.name:
        monkeypatch.setattr(interpolant_densities, "_TIMES", 21)
        monkeypatch.setattr(interpolant_densities, "_densities", LruCache(3))


def query(source: Shape, target: Shape, path: Path = Path()) -> InterpolantQuery:  # noqa: B008
    return InterpolantQuery(source, target, path)


@pytest.mark.parametrize("name", ENDS)
def test_the_lattice_has_the_whole_mass_and_the_oracle_s_values(name: str) -> None:
    ends = ENDS[name]
    known = interpolant_density(query(*ends))
    assert known is not None
    oracle = oracle_for(Document(source=ends[0], target=ends[1]))
    assert oracle is not None
    for t in (0.1, 0.3, 0.5, 0.75, 0.9):
        density, time = known.at(t)  # type: ignore[misc]
        assert time == pytest.approx(t, abs=1e-9)
        assert density.values.sum(dtype=float) * density.cell**2 == pytest.approx(1, abs=1e-3)
        x, y = np.meshgrid(density.xs.astype(float), density.ys.astype(float))
        logs = oracle.log_density(np.stack([x.ravel(), y.ravel()], 1), t)
        truth = logs.exp().numpy().reshape(density.values.shape)
        # relative to the peak where next to nothing is: cells are at float32's centres there
        np.testing.assert_allclose(density.values, truth, rtol=1e-3, atol=1e-5 * truth.max())


def test_p_t_of_gaussians_is_a_gaussian_also_on_a_noisy_path() -> None:
    ends = Gaussian(scale=0.8, offset_x=-2.0), Gaussian(scale=0.5, offset_x=3.0, offset_y=1.0)
    path = Path(noise="brownian", level=0.7)
    for joined, gamma in ((Path(), 0.0), (path, 0.7 * np.sqrt(0.4 * 0.6))):
        known = interpolant_density(query(*ends, joined))
        assert known is not None
        density, _ = known.at(0.4)  # type: ignore[misc]
        variance = (0.6 * 0.8) ** 2 + (0.4 * 0.5) ** 2 + gamma**2
        truth = multivariate_normal([0.6 * -2 + 0.4 * 3, 0.4], variance)
        x, y = np.meshgrid(density.xs, density.ys)
        expected = truth.pdf(np.stack([x, y], -1))
        np.testing.assert_allclose(density.values, expected, rtol=1e-3, atol=1e-5 * expected.max())


def test_p_t_of_two_squares_is_a_trapezium_along_each_axis() -> None:
    """It is the law of (1 - t) u + t v, u and v uniform: p(z) counts the u that z can have."""
    known = interpolant_density(query(SQUARE, replace(SQUARE, offset_x=1.0)))
    assert known is not None
    density, _ = known.at(0.3)  # type: ignore[misc]
    x0, x1, y0, y1 = build(SQUARE).extent
    half = (x1 - x0) / 2
    assert (x0, y0, y1) == (-half, -half, half)

    def along(z: np.ndarray) -> np.ndarray:
        least = np.maximum((z - 0.3 * half) / 0.7, -half)
        most = np.minimum((z + 0.3 * half) / 0.7, half)
        return np.maximum(most - least, 0) / (2 * half) / (2 * half * 0.3)

    truth = np.outer(along(density.ys), along(density.xs - 0.3))
    np.testing.assert_allclose(density.values, truth, rtol=1e-3, atol=1e-3 * truth.max())


def test_the_nearest_time_is_shown_not_a_mean_of_two() -> None:
    known = interpolant_density(query(*ENDS["mixtures"]))
    assert known is not None
    times = np.random.default_rng(0).random(200)
    shown = np.array([known.at(float(t))[1] for t in times])  # type: ignore[index]
    assert np.abs(shown - times).max() <= 1 / 400 + 1e-12
    assert np.isin(shown, known.times).all()
    assert known.values.nbytes < 15e6


@pytest.mark.parametrize(
    "ends",
    [
        (Gaussian(), Drawing()),
        (Gaussian(), named("checkerboard")),
        (named("disc"), named("smiley")),
    ],
    ids=["empty", "on a grid only", "two on a grid"],
)
def test_what_has_no_closed_form_stays_an_estimate(ends: tuple[Shape, Shape]) -> None:
    assert interpolant_density(query(*ends)) is None


def test_it_can_be_cancelled_and_tells_how_far_it_is() -> None:
    told: list[float] = []
    wanted = query(Gaussian(scale=0.77), Gaussian(offset_x=1.5))
    with pytest.raises(Cancelled):
        interpolant_density(wanted, lambda: len(told) > 3, told.append)
    assert told == sorted(told)
    assert told[-1] < 0.2  # of 21 times


def test_only_the_exact_flow_and_blends_have_p_t() -> None:
    view = View(show_density=True, shows="exact")
    document = Document(view=view)
    expected = query(document.source, document.target, document.path)
    assert interpolant_drawn(document) == expected
    for other in (
        replace(document, view=replace(view, shows="learned")),
        replace(document, view=replace(view, shows="difference")),
        replace(document, view=replace(view, show_density=False)),
        replace(document, view=replace(view, name="chain")),
        replace(document, coupling=Coupling(kind="ot")),
        replace(document, network=Network(conditional=True)),
    ):
        assert interpolant_drawn(other) is None
    noisy = replace(document, path=Path(noise="brownian"), coupling=Coupling(kind="ot"))
    blends = replace(noisy, view=replace(view, name="blending", shows="learned"))
    assert interpolant_drawn(blends) == expected  # straight lines, independent pairs
