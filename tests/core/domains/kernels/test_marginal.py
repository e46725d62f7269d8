"""Marginals of densities on a grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.factory import kernel, numerical_kernel
from flowlab.core.domains.kernels.marginal import contour
from tests.helpers.walled import RING, SQUARE, Walled, quadrature, within


def test_the_contour_is_the_exponential() -> None:
    a = np.array([0.0, 1e-3, 0.5, 3.0, 20.0, 1e3, 1e8])
    z, w = contour(12)
    found = 2 * (w / (z + a[:, None])).real.sum(1)
    np.testing.assert_allclose(found, np.exp(-a), atol=3e-7)


@pytest.mark.parametrize("sigma", [0.05, 0.15, 0.5])
def test_a_cosine_decays_at_its_own_rate(sigma: float) -> None:
    own = numerical_kernel((SQUARE,), 60, 64)
    u = (np.arange(128) + 0.5) / 128
    start = 1 + 0.8 * np.cos(math.pi * u)[None, :] * np.cos(2 * math.pi * u)[:, None]
    tau = sigma**2 / 2
    found = own.marginal(start, tau)
    x = within(own, 50)
    wave = 0.8 * math.exp(-5 * math.pi**2 * tau)
    p, q = math.pi * x[:, 0], 2 * math.pi * x[:, 1]
    density = 1 + wave * np.cos(p) * np.cos(q)
    slopes = [-math.pi * np.sin(p) * np.cos(q), -2 * math.pi * np.cos(p) * np.sin(q)]
    score = wave * np.stack(slopes, 1) / density[:, None]
    np.testing.assert_allclose(found.density(x), density, atol=4e-3)
    np.testing.assert_allclose(found.score(x), score, atol=0.06)


def test_harmonics_and_contour_give_the_same() -> None:
    own = numerical_kernel(RING, 60, 64)
    x, cell = quadrature(own, 100)
    start = np.zeros((50, 50))
    start[20:30, 40:50] = 3.0
    tau = 25 / float(own.eigenvalues[-1])
    flow = own._flow
    begun = flow._start(start, own.shape)
    by_harmonics = flow._by_harmonics(begun, tau)
    assert by_harmonics is not None
    assert flow._by_harmonics(begun, tau / 2) is None
    np.testing.assert_allclose(flow._by_contour(begun, tau), by_harmonics, atol=1e-3)
    found = own.marginal(start, tau / 10)
    assert float(found.density(x).sum()) * cell == pytest.approx(1, abs=0.02)
    assert float(found.density([[0.0, 0.0]])) == 0  # in the hole
    assert bool(found.score([[0.0, 0.0]]).isnan().all())
    assert found.picture.shape == tuple(len(t) for t in found.grid[::-1])


def test_rows_run_up() -> None:
    own = kernel(Walled((SQUARE,)))
    start = np.zeros((4, 4))
    start[0, 3] = 1
    found = own.marginal(start, 1e-3)
    assert float(found.density([[0.9, 0.1]])) > 10 > 1e-3 > float(found.density([[0.1, 0.9]]))


@pytest.mark.parametrize(
    "density", [np.zeros((4, 4)), -np.ones((4, 4)), np.full((4, 4), np.nan), np.ones(4), "grid"]
)
def test_what_is_no_density_is_refused(density: object) -> None:
    with pytest.raises(Invalid):
        kernel(Walled((SQUARE,))).marginal(density, 0.1)
