"""Lattices over both ends, and velocities on them where mass passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Disc, Gaussian
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.field_frames import axes_over, field_frames, lattice_vertices
from tests.helpers.randomness import rng

DOCUMENT = Document(source=Disc(radius=1.0), target=Disc(radius=1.0, offset_x=6.0))


class Sheared:
    """(y t, x): another at every place and time."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return torch.stack([x[:, 1] * t, x[:, 0]], 1)


def moved(n: int) -> Bundle:
    """Particles that go from the one disc to the other at an even pace."""
    x0 = build(DOCUMENT.source).sample(n, rng(1)).numpy()
    return Bundle(times=np.array([0, 1], np.float32), points=np.stack([x0, x0 + np.array([6, 0])]))


def test_axes_are_middles_of_squares_over_both_ends() -> None:
    xs, ys = axes_over(DOCUMENT)
    assert len(xs) == 28
    h = float(xs[1] - xs[0])
    np.testing.assert_allclose(np.diff(xs), h, atol=1e-5)
    np.testing.assert_allclose(np.diff(ys), h, atol=1e-5)
    assert (xs[0] - h / 2, xs[-1] + h / 2) == pytest.approx((-1.0, 7.0), abs=1e-4)
    assert h == pytest.approx(8 / 28, abs=1e-5)
    assert len(ys) == 7
    assert float(ys.mean()) == pytest.approx(0.0, abs=1e-6)
    assert len(axes_over(DOCUMENT, 56)[0]) == 56


def test_the_longer_side_may_be_the_higher_one() -> None:
    tall = Document(source=Disc(radius=1.0), target=Disc(radius=1.0, offset_y=-6.0))
    xs, ys = axes_over(tall)
    assert (len(xs), len(ys)) == (7, 28)
    assert float(ys.mean()) == pytest.approx(-3.0, abs=1e-5)


def test_velocities_are_the_fields_own_and_blank_where_nothing_passes() -> None:
    elsewhere = np.full((50, 2), 3.0, np.float32) * (1, 0)  # not asked: there are enough particles
    bundle = replace(moved(4000), source=elsewhere, target=elsewhere)
    found = field_frames(DOCUMENT, Sheared(), bundle)
    assert found.times[0] == 0
    assert found.times[-1] == 1
    h = float(found.xs[1] - found.xs[0])
    x, y = np.meshgrid(found.xs, found.ys)
    for t, values in zip(found.times, found.values, strict=True):
        known = np.isfinite(values).all(-1)
        np.testing.assert_allclose(values[known, 0], (y * t)[known], atol=1e-5)
        np.testing.assert_allclose(values[known, 1], x[known], atol=1e-5)
        distance = np.hypot(x - 6 * t, y)
        assert bool(known[distance < 0.9].all())
        assert not known[distance > 1 + 3 * h].any()
    assert not found.values.flags.writeable


def test_few_particles_are_helped_by_samples_of_both_ends() -> None:
    """Without them a lone particle would leave almost all of the field blank."""
    lone = moved(1)
    source, target = (
        build(end).sample(4000, rng(2)).numpy() for end in (DOCUMENT.source, DOCUMENT.target)
    )
    helped = field_frames(DOCUMENT, Sheared(), replace(lone, source=source, target=target))
    lonely = field_frames(DOCUMENT, Sheared(), lone)
    many, few = (np.isfinite(f.values[..., 0]).sum((1, 2)) for f in (helped, lonely))
    assert bool((few <= 9).all())
    assert bool((few > 0).all())
    assert bool((many > 25).all())


def test_lost_particles_pass_nowhere() -> None:
    points = np.full((2, 2500, 2), np.nan, np.float32)
    bundle = Bundle(times=np.array([0, 1], np.float32), points=points)
    assert not np.isfinite(field_frames(DOCUMENT, Sheared(), bundle).values).any()


def test_vertices_are_a_square_about_the_middle_row_by_row() -> None:
    found = lattice_vertices((0.0, 4.0, 1.0, 2.0), 5).reshape(5, 5, 2)
    np.testing.assert_allclose(found[0, :, 0], [0, 1, 2, 3, 4], atol=1e-6)
    np.testing.assert_allclose(found[:, 0, 1], [-0.5, 0.5, 1.5, 2.5, 3.5], atol=1e-6)
    assert bool((found[..., 0] == found[:1, :, 0]).all())


def test_two_equal_points_still_have_a_lattice() -> None:
    point = Gaussian(std_x=0.01, std_y=0.01)
    xs, ys = axes_over(Document(source=point, target=point))
    assert len(xs) == len(ys) == 28
    assert bool((np.diff(xs) > 0).all())
