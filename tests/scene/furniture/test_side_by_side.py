"""Two moments of training side by side: one painter, the same camera, each its own half."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.export.export import ExportSpec, export
from flowlab.scene.furniture.side_by_side import left_of, middle_of, right_of
from tests.helpers.pictures import DOTS, seen

TITLES = 240 - 75  # the first row of the titles


def two(scenes, **fields):
    """A frame whose left picture holds one particle at (0, 1) and the right one at (1, -2)."""
    left = scenes.straight([[0, 1]], [[0, 1]])
    right = scenes.straight([[1, -2]], [[1, -2]])
    return scenes.frame_of(right, view=DOTS, beside=left, titles=("step 40", "now"), **fields)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("width", "dpr"), [(600, 1.0), (601, 1.0), (600, 2.0)])
def test_each_half_is_the_picture_of_its_moment(scenes, theme, width, dpr):
    frame = two(scenes, theme=theme)
    both = scenes.painted(frame, width, 240, dpr)
    edge = round(middle_of(width, dpr) * dpr)
    alone = [
        scenes.painted(left_of(frame), middle_of(width, dpr), 240, dpr),
        scenes.painted(right_of(frame), width - middle_of(width, dpr), 240, dpr),
    ]
    rows = slice(0, round(TITLES * dpr))
    np.testing.assert_array_equal(both[rows, : edge - 2], alone[0][rows, :-2])
    np.testing.assert_array_equal(both[rows, edge + 2 :], alone[1][rows, 2:])


def test_the_particle_is_where_the_camera_of_a_half_puts_it(scenes):
    frame = two(scenes)
    nothing = seen(frame, view=replace(DOTS, show_particles=False))
    amount = scenes.ink(frame, nothing, width=600)
    left, right = amount[:, :300], amount[:, 300:]
    assert scenes.centroid(left) == pytest.approx([150, 120 - 20], abs=0.6)
    assert scenes.centroid(right) == pytest.approx([150 + 20, 120 + 40], abs=0.6)


def test_nothing_of_one_half_reaches_into_the_other(scenes):
    frame = two(scenes, half_height=6.0)
    paths = replace(frame.view, show_paths=True, highlighted=1)
    far = scenes.straight([[0, 0]], [[40, 0]])  # leaves the left picture on its right side
    clean = seen(frame, view=paths)
    crossing = seen(frame, view=paths, beside=far)
    a, b = (scenes.painted(each, width=600) for each in (clean, crossing))
    np.testing.assert_array_equal(a[:, 302:], b[:, 302:])
    assert not np.array_equal(a[:, :298], b[:, :298])


def test_the_titles_are_told_and_memory_is_used_again(scenes):
    frame, scratch = two(scenes), Scratch()
    first = scenes.painted(frame, 600, 240, scratch=scratch)
    again = scenes.painted(frame, 600, 240, scratch=scratch)
    np.testing.assert_array_equal(first, again)
    other = scenes.painted(replace(frame, titles=("step 41", "now")), 600, 240, scratch=scratch)
    rows, columns = np.nonzero((first != other).any(-1))
    assert rows.min() > TITLES
    assert columns.max() < 300


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_an_export_shows_both(scenes, tmp_path, suffix):
    frame = two(scenes)
    spec = ExportSpec(tmp_path / f"two.{suffix}", width=600, height=300)
    path = export(lambda t: replace(frame, t=t), spec)
    assert path.stat().st_size > 1000
    if suffix == "png":
        picture = QImage(str(path))
        left, right = picture.copy(0, 0, 300, 300), picture.copy(300, 0, 300, 300)
        assert left != right
