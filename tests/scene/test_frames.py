"""Frame after frame: no garbage, sharp at any resolution, very many particles."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.bench.painting import measure_drawing, measure_modes
from flowlab.core.document.view import View
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.canvas import paint
from flowlab.scene.layers.density import CELL, Heights, bandwidth, binned, counted, heights
from flowlab.scene.particles.particles import EXPORT, LIVE, dot_radius
from flowlab.scene.particles.splat import CHUNK, Window, add_dots, crosses, inner, stamps
from flowlab.scene.particles.trail_lines import add_lines
from tests.helpers.pictures import DOTS, seen

MEGABYTE = 1_000_000


def flow(scenes, count):
    bundle = replace(scenes.gaussian_bundle(count), labels=np.arange(count) % 5)
    return bundle.compact() if count > 20_000 else bundle


@pytest.mark.parametrize("colour", ["time", "class", "start", "speed"])
@pytest.mark.parametrize("count", [5_000, 100_000])
def test_further_frames_make_no_garbage(scenes, count, colour):
    view = View(colour=colour)
    frame = scenes.frame_of(flow(scenes, count), view=view, legend=True)
    peak, kept = memory_of(frame)
    assert peak < MEGABYTE
    assert kept < 50_000


def test_density_and_contours_make_little(scenes):
    view = View(show_density=True, show_contours=True)
    peak, kept = memory_of(scenes.frame_of(flow(scenes, 100_000), view=view))
    assert peak < 2 * MEGABYTE
    assert kept < 300_000  # heights of the last frame instead of the one before


def memory_of(frame):
    """Bytes that further frames take at most at once, and that stay allocated afterwards."""
    image, scratch = QImage(850, 720, QImage.Format.Format_RGB32), Scratch()
    for t in (0.3, 0.5, 0.4, 0.45):
        shown(image, replace(frame, t=t), scratch)
    tracemalloc.start()
    try:
        shown(image, replace(frame, t=0.46), scratch)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for t in (0.31, 0.42, 0.44, 0.46):
            shown(image, replace(frame, t=t), scratch)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before, after - before


def shown(image, frame, scratch):
    painter = QPainter(image)
    paint(painter, 850, 720, frame, scratch=scratch)
    painter.end()


def test_positions_are_read_once_a_frame(scenes, monkeypatch):
    """By dots, density, contours and paths together; trails read only their own particles."""
    bundle = flow(scenes, 30_000)
    counts = []
    real = type(bundle).at

    def at(self, t, out=None):
        counts.append(self.points.shape[1])
        return real(self, t, out)

    view = View(show_density=True, show_contours=True)
    frame = scenes.frame_of(bundle, view=view, pinned=(3,))
    scratch = Scratch()
    scenes.painted(frame, scratch=scratch)
    monkeypatch.setattr(type(bundle), "at", at)
    scenes.painted(replace(frame, t=0.6), scratch=scratch)
    assert counts.count(30_000) == 1


@pytest.mark.parametrize("dpr", [1.5, 2.0])
@pytest.mark.parametrize("count", [60, 5_000])
def test_finer_screens_show_the_same_picture(scenes, count, dpr):
    """Reduced to the coarse screen's pixels, the picture is the coarse screen's."""
    bundle = scenes.gaussian_bundle(count)
    view = replace(DOTS, show_trails=True)
    frame = scenes.frame_of(bundle, 0.7, view=view)
    size = {"width": 240, "height": 180}
    coarse = scenes.painted(frame, **size)
    fine = scenes.painted(frame, dpr=dpr, **size)
    factor = 2 if dpr == 2.0 else 3
    big = np.repeat(np.repeat(coarse, factor, 0), factor, 1)
    small = fine if dpr == 2.0 else np.repeat(np.repeat(fine, 2, 0), 2, 1)
    blocks = [
        picture.reshape(180 // 6, 6 * factor, 240 // 6, 6 * factor, 3).mean((1, 3))
        for picture in (big, small)
    ]
    inked = np.ptp(blocks[0], axis=(0, 1)).max()
    assert np.abs(blocks[0] - blocks[1]).mean() < 0.02 * inked
    assert np.ptp(fine, axis=(0, 1)).max() >= np.ptp(coarse, axis=(0, 1)).max() - 12


def test_dots_keep_their_logical_size():
    for budget in (LIVE, EXPORT):
        for count in (1, 1_000, 5_000, 20_000):
            one = dot_radius(count, 1.0, budget.dots)
            for dpr in (1.5, 2.0, 3.0):
                assert dot_radius(count, dpr, budget.dots) == pytest.approx(
                    dpr * one, abs=0.11 * dpr
                )


def test_a_window_larger_than_the_padding_of_its_stamps(scenes):
    """At a scale of ten, an export's dots are larger than the usual padding."""
    bundle = scenes.straight([[0, 0], [8.5, 0]], [[0, 0], [8.5, 0]])
    frame = scenes.frame_of(bundle, view=DOTS, quality="export")
    without = seen(frame, view=replace(DOTS, show_particles=False))
    inked = (scenes.ink(frame, without, width=60, height=48, dpr=10.0) > 60).any(0)
    assert inked[:290].sum() == pytest.approx(30, abs=8)  # 3.2 logical pixels, left half
    assert not inked[590:].any()  # the other is off the picture, and leaves nothing at the edge


def test_lines_are_as_wide_as_asked_and_keep_their_ink():
    knots = np.array([[[200, 100]], [[120, 60]]], np.float32)
    window = Window(30, 20, 200, 150)
    sums, widths = [], []
    for width in (1.0, 1.5, 2.0, 3.0):
        amount = np.zeros((182, 232), np.float32)
        add_lines(amount, window, knots, samples=320, ink=1.0, width=width)
        sums.append(amount.sum())
        widths.append((amount[:, 16 + 150] > 0.02).sum())
    np.testing.assert_allclose(np.array(sums) / sums[0], [1.0, 1.5, 2.0, 3.0], rtol=0.01)
    assert widths == sorted(widths)


def test_crosses_have_unit_sum_and_lie_where_they_should():
    for table in (crosses(2.4, 1.0), crosses(4.8, 2.0)):
        np.testing.assert_allclose(table.sum((1, 2)), 1.0, rtol=1e-5)
        m = table.shape[1]
        for phase in (0, 27, 63):
            row, column = np.divmod(phase, 8)
            y, x = np.indices((m, m)) + 0.5 - (m - 1) / 2
            centre = [(table[phase] * a).sum() for a in (x, y)]
            assert centre == pytest.approx([(column + 0.5) / 8, (row + 0.5) / 8], abs=0.15)


def test_chunks_join_without_a_seam():
    rng = np.random.default_rng(0)
    points = rng.uniform(20, 180, (CHUNK + 1234, 2)).astype(np.float32)
    window = Window(0, 0, 200, 200)
    for radius in (0.0, 0.5):
        whole, halves = np.zeros((2, 232, 232), np.float32)
        add_dots(whole, window, points, stamps(radius))
        for part in (points[:7000], points[7000:]):
            add_dots(halves, window, part, stamps(radius))
        np.testing.assert_allclose(whole, halves, atol=1e-3)
        assert inner(whole).sum() == pytest.approx(len(points), rel=1e-4)


def test_very_many_are_counted_as_few_are_shared(scenes):
    rng = np.random.default_rng(0)
    points = rng.normal([3, -1], 2, (200_000, 2)).astype(np.float32)
    points[:40] = np.nan
    points[40:80] = 1e9
    frame = scenes.frame_of(None)
    stage = Stage(frame, 300, 240, 1.0, False, Scratch())
    cells = stage.affine(0.5).times(0.2)
    local = np.empty((2, len(points)), np.float32)
    cells.write(points, *local)
    shape = (48 + 8, 60 + 8)
    fine = counted(points, shape, cells, 4, Scratch())
    exact = binned(local.T + np.float32(4), shape)
    assert fine.sum() == pytest.approx(exact.sum(), rel=2e-3)
    np.testing.assert_allclose(fine, exact, atol=0.06 * exact.max())
    assert bandwidth(points[80:], scale=4.0) == pytest.approx(bandwidth(local.T[80:]), rel=0.03)


def test_heights_of_many_are_those_of_few(scenes):
    rng = np.random.default_rng(0)
    points = rng.normal(0, 1.5, (600_001, 2))
    view = View(show_density=True)
    made: list[Heights] = []
    for some in (points, points[:9000]):
        frame = scenes.frame_of(scenes.straight(some, some), view=view)
        made.append(heights(Stage(frame, 300, 240, 1.0, False, Scratch())))
    many, few = (made_one.values / made_one.values.sum() for made_one in made)
    cell = (CELL * 12 / 240) ** 2  # the picture's 240 pixels are 12 units high
    assert [one.values.sum() * cell for one in made] == pytest.approx([1, 1], rel=0.01)
    assert np.abs(many - few).sum() < 0.25  # the total would be 2 if they had nothing in common


def test_the_benchmark_tells_reading_from_painting(qapp):
    (row,) = measure_drawing([300], frames=2, trails=False, colour="class", dpr=2.0)
    assert (row.particles, row.trails, row.colour, row.dpr) == (300, False, "class", 2.0)
    assert 0 < row.read < row.milliseconds == pytest.approx(row.read + row.paint)
    rows = list(measure_modes([200], frames=1))
    assert {(row.colour, row.trails) for row in rows} == {
        (colour, trails)
        for colour in ("time", "class", "start", "speed")
        for trails in (True, False)
    }


def test_an_old_bundle_is_let_go_when_a_new_one_is_shown(scenes):
    scratch = Scratch()
    view = View(show_density=True)
    old = scenes.gaussian_bundle(200)
    scenes.painted(scenes.frame_of(old, view=view, pinned=(3,)), scratch=scratch)
    gone = weakref.ref(old)
    del old
    scenes.painted(scenes.frame_of(scenes.gaussian_bundle(300, 1)), scratch=scratch)
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("dpr", [1.0, 1.5])
def test_paths_from_an_image_are_those_drawn_afresh(scenes, dpr):
    view = replace(DOTS, show_particles=False, show_paths=True, highlighted=8)
    bundle, scratch = scenes.gaussian_bundle(60), Scratch()
    for camera in (6.0, 4.0):
        for t in (0.01, 0.51, 0.52, 0.53, 0.54, 0.99, 1.0):
            frame = scenes.frame_of(bundle, t, half_height=camera, view=view, pinned=(20,))
            kept = scenes.painted(frame, dpr=dpr, scratch=scratch)
            afresh = scenes.painted(frame, dpr=dpr)
            assert np.abs(kept - afresh).max() <= 12  # rounded once more at soft edges
            assert np.abs(kept - afresh).mean() < 0.05


def test_trails_of_compact_bundles_are_those_of_full_ones(scenes):
    full = scenes.gaussian_bundle(25_000)
    view = replace(DOTS, show_trails=True, show_particles=False)
    frames = [
        scenes.frame_of(b, 0.6, view=replace(view, layout=layout))
        for layout in ("overlay", "side")
        for b in (full, full.compact())
    ]
    pictures = [scenes.painted(frame) for frame in frames]
    for one, other in (pictures[:2], pictures[2:]):
        assert np.ptp(one) > 100
        assert np.abs(one - other).mean() < 0.15
