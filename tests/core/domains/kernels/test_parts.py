"""Parts of the kernels by themselves: the solver, images of a corner, the disc's eigenvalues."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from scipy.special import jnp_zeros

from flowlab.core.domains import disc, kernel
from flowlab.core.domains.kernels.agreement import Agreement
from flowlab.core.domains.kernels.block_solver import BlockSolver
from flowlab.core.domains.kernels.corner_images import scatters
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.disc import disc_eigenvalues
from flowlab.core.domains.kernels.walls import Corner
from tests.helpers.walled import ELL, STAR


@pytest.mark.parametrize("ring", [ELL, STAR])
def test_the_block_solver_solves(ring: np.ndarray) -> None:
    cells = cut_cells(shapely.Polygon(ring), 24)
    b = np.random.default_rng(0).normal(size=(cells.operator.shape[0], 3))
    x = BlockSolver(cells, 0.7).solve(b)
    assert np.allclose(cells.operator @ x + 0.7 * x, b, atol=1e-8)


def test_only_corners_of_pi_over_m_have_images_alone() -> None:
    def corner(angle: float) -> Corner:
        return Corner(place=np.zeros(2), angle=angle, along=np.array([1.0, 0.0]))

    assert not scatters(corner(math.pi / 2))
    assert not scatters(corner(math.pi / 3))
    assert scatters(corner(2.0))
    assert scatters(corner(3 * math.pi / 2))


def test_the_disc_s_eigenvalues_are_zeros_of_bessel_s_slopes() -> None:
    zeros = [(0.0, 1)] + [
        (float(z), 1 if n == 0 else 2) for n in range(12) for z in jnp_zeros(n, 6)
    ]
    expected = np.sort(np.concatenate([[z] * times for z, times in zeros]))
    assert np.allclose(disc_eigenvalues(2.0, 20), (expected[:20] / 2) ** 2, rtol=1e-10)


def test_both_sums_of_a_disc_agree_where_they_are_exchanged() -> None:
    found = kernel(disc(1.5)).agreement
    assert isinstance(found, Agreement)
    assert found.mean <= found.greatest < 1e-3
