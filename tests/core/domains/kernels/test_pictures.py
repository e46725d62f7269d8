"""What a room draws: sums cut short on a grid, eigenfunctions, and the slowest decay."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.factory import kernel, numerical_kernel
from flowlab.core.domains.kernels.kernel import HeatKernel
from tests.helpers.walled import (
    EQUILATERAL,
    RIGHT,
    SQUARE,
    STAR,
    RoundWalled,
    Walled,
    circle,
    turned,
    within,
)

EXACT: dict[str, Any] = {
    "square": Walled((SQUARE,)),
    "rectangle": Walled((SQUARE * (2.0, 0.7) - (1.0, 0.2),)),
    "right": Walled((turned(RIGHT),)),
    "equilateral": Walled((turned(EQUILATERAL),)),
    "disc": RoundWalled((circle(200, 1.3, (0.5, -0.4)),), "disc", 1.3, (0.5, -0.4)),
}


@pytest.fixture(params=[*EXACT, "star"], scope="module")
def own(request: pytest.FixtureRequest) -> HeatKernel:
    if request.param == "star":
        return numerical_kernel((STAR,), 60, 64)
    return kernel(EXACT[request.param], 60)


def quadrature(own: HeatKernel, side: int) -> tuple[Doubles, float]:
    """Midpoints of the cells of a picture, and their area."""
    x0, y0, x1, y1 = own.shape.bounds
    grid = own._grid(side)
    return grid.points, (x1 - x0) * (y1 - y0) / side**2


def test_tones_are_orthonormal_and_resonate(own: HeatKernel) -> None:
    """By the midpoint rule, and with the sum of them as the kernel."""
    x, cell = quadrature(own, 200)
    functions = own.harmonics.eigenfunctions(x)[:, :12]
    np.testing.assert_allclose(functions.T @ functions * cell, np.eye(12), atol=0.02)
    x, x0 = within(own, 20), within(own, 20, 1)
    tau = 30 / float(own.eigenvalues[-1])
    one, other = (own.harmonics.eigenfunctions(p) for p in (x, x0))
    total = (one * other * np.exp(-own.eigenvalues.numpy() * tau)).sum(1)
    np.testing.assert_allclose(total, own.by_harmonics(x, x0, tau), rtol=1e-4, atol=1e-4)


def test_tones_are_eigenfunctions(own: HeatKernel) -> None:
    """Minus their Laplacian, by differences, is their eigenvalue times themselves."""
    x = np.array([p for p in within(own, 400) if own.shape.inside(p + circle(8, 0.1)).all()])[:30]
    h = 0.02
    steps = [np.array(d) * h for d in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    f = own.harmonics.eigenfunctions
    laplacian = (sum(f(x + d) for d in steps) - 4 * f(x))[:, 1:8] / h**2
    known = -own.eigenvalues.numpy()[1:8] * f(x)[:, 1:8]
    np.testing.assert_allclose(laplacian, known, atol=0.03 * np.abs(known).max())


def test_a_tone_can_be_seen(own: HeatKernel) -> None:
    tone, uniform = own.tone(2, 40), own.tone(0, 40)
    assert tone.values.shape == (len(tone.y), len(tone.x)) == (40, 40)
    assert tone.eigenvalue == float(own.eigenvalues[2])
    inside = np.isfinite(tone.values)
    assert abs(np.mean(tone.values[inside] ** 2) * own.shape.area - 1) < 0.1
    np.testing.assert_allclose(np.abs(uniform.values[inside]), own.shape.area**-0.5, rtol=1e-5)
    with pytest.raises(Invalid, match="tone"):
        own.tone(60)


def test_all_terms_are_the_whole_sum(own: HeatKernel) -> None:
    x0, tau = within(own, 1)[0], 0.8 * own.switch
    known = own.by_images(own._grid(30).points, x0, tau)
    picture = own.picture(x0, tau, "images", side=30)
    peak = 1 / (4 * math.pi * tau)
    np.testing.assert_allclose(_inside(picture.density), known, atol=1e-10 * peak)
    assert picture.terms == own.terms(tau).images
    late = 30 / float(own.eigenvalues[-1])
    known = own.by_harmonics(own._grid(30).points, x0, late)
    picture = own.picture(x0, late, "harmonics", side=30)
    np.testing.assert_allclose(_inside(picture.density), known, rtol=1e-4, atol=1e-4)
    best = own.picture(x0, tau, side=30)
    np.testing.assert_allclose(_inside(best.density), own.density(own._grid(30).points, x0, tau))
    assert best.error == 0


def _inside(density: Doubles) -> Doubles:
    return density[np.isfinite(density)]


@pytest.mark.parametrize("name", ["square", "right", "equilateral"])
def test_more_terms_make_less_error_in_the_end(name: str) -> None:
    """The first image is the free Gaussian; the first harmonic is uniform."""
    own = kernel(EXACT[name], 60)
    x0, tau = within(own, 1)[0], 30 / float(own.eigenvalues[-1])
    for method, most in (("images", own.terms(tau).images), ("harmonics", 60)):
        errors = [own.picture(x0, tau, method, k, 30).error for k in (1, most // 4, most)]  # type: ignore[arg-type]
        assert errors[0] > 0.01
        assert errors[0] > errors[-1]
        assert errors[-1] < 1e-10
    uniform = own.picture(x0, tau, "harmonics", 1, 30).density
    np.testing.assert_allclose(_inside(uniform), 1 / own.shape.area)


def test_each_method_fails_where_the_other_is_good() -> None:
    own = kernel(EXACT["square"])
    errors = {
        (method, sigma): own.picture([0.3, 0.4], sigma**2 / 2, method, 9, 30).error  # type: ignore[arg-type]
        for method in ("images", "harmonics")
        for sigma in (0.05, 1.0)
    }
    assert errors["images", 0.05] < 1e-12 < 0.1 < errors["images", 1.0]
    assert errors["harmonics", 1.0] < 1e-6 < 0.1 < errors["harmonics", 0.05]


@pytest.mark.parametrize(
    "bad",
    [
        {"method": "magic"},
        {"terms": 0, "method": "images"},
        {"side": 0},
        {"x0": [9.0, 9.0]},
        {"tau": -1},
    ],
)
def test_a_picture_of_what_is_not_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        kernel(EXACT["square"]).picture(**{"x0": [0.3, 0.4], "tau": 0.1, **bad})


def test_the_slowest_decay_is_all_that_is_left(own: HeatKernel) -> None:
    """The root mean square of p / uniform - 1, by the midpoint rule; of a cloud its mean."""
    x, _ = quadrature(own, 60)
    for cloud in (within(own, 1), within(own, 3, 5)):
        decay = own.decay(cloud)
        assert decay.rate == pytest.approx(float(own.eigenvalues[1]))
        tau = 5 / decay.rate
        density = sum(own.density(x, start, tau).numpy() for start in cloud) / len(cloud)
        left = math.sqrt(float(np.mean((density * own.shape.area - 1) ** 2)))
        assert decay.at(tau) == pytest.approx(left, rel=0.06)


def test_a_lone_harmonic_does_not_decay() -> None:
    with pytest.raises(Invalid, match="more modes"):
        kernel(EXACT["square"], 1).decay([[0.5, 0.5]])
