"""Stamps of particles: their sum, their centre and their width, at each place within a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.scene.particles.sprites import PHASES, crosses, stamps


def moments(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means (P, P, 2) and variances (P, P, 2) of x and y, from the first pixel's left end."""
    m = table.shape[-1]
    grid = table.reshape(PHASES, PHASES, m, m).astype(float)
    place = np.arange(m) + 0.5
    means = np.stack([(grid.sum(2) * place).sum(-1), (grid.sum(3) * place).sum(-1)], -1)
    square = np.stack([(grid.sum(2) * place**2).sum(-1), (grid.sum(3) * place**2).sum(-1)], -1)
    return means, square - means**2


@pytest.mark.parametrize("radius", [0.0, 0.5, 0.9, 2.0, 3.3])
def test_every_stamp_is_of_unit_sum(radius: float) -> None:
    table = stamps(radius)
    assert table.shape[0] == PHASES**2
    assert table.min() >= 0
    np.testing.assert_allclose(table.sum((1, 2)), 1, rtol=1e-5)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.4, 5.0])
def test_its_centre_moves_with_the_place_in_the_pixel(radius: float) -> None:
    """The centre moves 1/8 of a pixel per phase: x with the second index, y with the first."""
    means, _ = moments(stamps(radius))
    m = stamps(radius).shape[-1]
    place = (m - 1) / 2 + (np.arange(PHASES) + 0.5) / PHASES  # behind floor(x - (m - 1) / 2)
    reach = 0.02 if radius < 0.7 else 0.12
    np.testing.assert_allclose(means[..., 0], np.broadcast_to(place, (8, 8)), atol=reach)
    np.testing.assert_allclose(means[..., 1], np.broadcast_to(place[:, None], (8, 8)), atol=reach)


def test_a_disc_is_as_wide_as_its_radius() -> None:
    """A disc of radius r has the variance r^2 / 4 along each axis, and a pixel 1/12 more."""
    for radius in (3.0, 6.0):
        _, variance = moments(stamps(radius))
        np.testing.assert_allclose(variance, radius**2 / 4 + 1 / 12, rtol=0.08)


def test_a_cross_has_two_bars_of_equal_length() -> None:
    table = crosses(4.0, 1.0).reshape(PHASES, PHASES, 9, 9)
    np.testing.assert_allclose(table.sum((2, 3)), 1, rtol=1e-5)
    np.testing.assert_allclose(table, table.transpose(1, 0, 3, 2), atol=1e-7)
    middle = table[4, 4] > 0.2 * table[4, 4].max()
    assert middle.sum() < 30  # not a disc
    assert middle[4].sum() >= 7
    assert middle[:, 4].sum() >= 7
