"""The view of blending: pairs, blends and the support, as pixels."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from flowlab.core.document.view import View
from flowlab.scene.base.colours import moving
from flowlab.scene.base.layout import extents
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending.blend_key import blend_entries
from flowlab.scene.blending.blend_labels import Labels
from flowlab.scene.blending.blend_support import corners, union
from flowlab.scene.export.export import ExportSpec, export
from tests.helpers.pictures import frame_of, ink, painted, stage_of
from tests.scene.chained import BARE, CORNERS, blend_bundle, closest, floats, near, pixel

pytestmark = pytest.mark.usefixtures("qapp")
ONLY = replace(BARE, name="blending")


def moved(part):
    """Corners (V, 4) of a part that goes from the left to the right."""
    across = np.array([3.0, 0.0])
    return floats(np.concatenate([part - across, part + across], 1))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("t", [0.25, 0.6])
def test_each_pair_has_a_line_and_its_blend_on_it(theme, t):
    bundle = blend_bundle(pairs=3, outlines=())
    picture = painted(frame_of(bundle, t, view=ONLY, theme=theme))
    for x0, x1 in zip(bundle.pairs[:, :2], bundle.pairs[:, 2:], strict=True):
        assert closest(picture, x0, theme.source) < 60
        assert closest(picture, x1, theme.target) < 60
        assert closest(picture, (1 - t) * x0 + t * x1, moving(theme, t)) < 40
        assert closest(picture, 0.9 * x0 + 0.1 * x1, theme.canvas, 0) > 60


def test_only_the_blends_move_with_alpha():
    bundle = blend_bundle(pairs=5, outlines=())
    moved = ink(*(frame_of(bundle, t, view=ONLY) for t in (0.3, 0.7)))
    spots = [(1 - t) * bundle.pairs[:, :2] + t * bundle.pairs[:, 2:] for t in (0.3, 0.7)]
    y, x = np.nonzero(moved > 20)
    far = np.hypot(*(np.stack([x, y], -1)[:, None] + 0.5 - pixel(np.concatenate(spots))).T)
    assert far.min(0).max() < 8


@pytest.mark.parametrize("t", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_the_outline_holds_every_blend_and_no_more(t):
    bundle = blend_bundle(count=4000)
    stage = stage_of(frame_of(bundle, t, view=ONLY))
    path = union(corners(stage, t))
    points = stage.pixels(bundle.at(t))
    assert all(path.contains(QPointF(x, y)) for x, y in points.tolist())
    box = path.boundingRect()
    across = np.ptp(points, axis=0)
    assert (box.width(), box.height()) == pytest.approx(across, rel=0.05)


def test_the_outline_of_many_parts_has_no_edges_inside():
    # two boxes, touching: together one twice as wide, (1 - t) of it about the left, t the right
    parts = []
    for side in (-1, 1):
        parts.append(moved(CORNERS * [0.5, 1.0] + np.array([side * 0.5, 0.0])))
    whole = moved(CORNERS)
    bare = frame_of(blend_bundle(pairs=0, outlines=()), 0.5, view=ONLY)
    many, one = (replace(bare, bundle=blend_bundle(pairs=0, outlines=o)) for o in (parts, [whole]))
    amount, other = ink(many, bare), ink(one, bare)
    inside = slice(120 - 26, 120 + 26), slice(150 - 16, 150 + 16)
    np.testing.assert_allclose(amount[inside], other[inside], atol=3)  # tinted evenly
    left, right = 150 - 20, 150 + 20
    assert amount[110:130, left - 2 : left + 2].max() > 100
    assert amount[110:130, right - 2 : right + 2].max() > 100
    for axis in (0, 1):  # the same line, half a width farther out
        ends = [np.flatnonzero((a > 100).any(axis))[[0, -1]] for a in (amount, other)]
        assert ends[0] == pytest.approx(ends[1], abs=1)


def test_parts_that_run_the_other_way_round_are_filled_too():
    square = floats([[[0, 0], [10, 0], [10, 10], [0, 10]]])
    both = np.concatenate([square, square[:, ::-1] + floats([5, 0])])
    assert union(both).contains(QPointF(7, 5))
    assert not union(both).contains(QPointF(16, 5))


def test_side_by_side_the_support_is_on_its_way():
    view = replace(ONLY, layout="side")
    bundle = blend_bundle(count=2000)
    frame = frame_of(bundle, 0.5, view=view, half_height=9.0)
    stage = stage_of(frame)
    path = union(corners(stage, 0.5))
    assert all(path.contains(QPointF(x, y)) for x, y in stage.pixels(stage.now).tolist())


def test_the_key_names_pairs_and_support():
    assert [text for _, text in blend_entries(stage_of(frame_of(blend_bundle())))] == [
        "random pairs (x₀, x₁), each with its blend",
        "support",
    ]
    bare = blend_bundle(pairs=0, outlines=())
    assert not blend_entries(stage_of(frame_of(bare)))
    assert np.ptp(painted(frame_of(bare, view=ONLY, legend=True))) > 30


def test_a_camera_leaves_room_for_the_key():
    bundle = blend_bundle()
    (_, _, low, high), (_, _, other, _) = (
        extents(View(name=name), bundle)[0] for name in ("blending", "trajectories")
    )
    assert low < other < high


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_blends_are_exported_as_lines(tmp_path, suffix):
    parts = moved(CORNERS), moved(CORNERS + np.array([0.5, 0.0]))
    spec = ExportSpec(path=tmp_path / f"blend.{suffix}", width=640, height=480, t=0.5)
    frame = frame_of(blend_bundle(outlines=parts), 0.5, view=ONLY, legend=True)
    data = export(lambda t: replace(frame, t=t), spec).read_bytes()
    assert len(data) > 3000
    assert suffix == "pdf" or b"<image" not in data


def test_labels_keep_off_each_other_and_inside_the_picture():
    labels = Labels(stage_of(frame_of(None)))
    up = np.array([0.0, -1.0])
    for k in range(6):
        labels.put(f"label {k}", np.array([150.0, 120.0]), up, DARK.text, size=12)
    assert 2 <= len(labels) < 6
    boxes = [label.box for label in labels._labels]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert labels.put("edge", np.array([285.0, 12.0]), up, DARK.text, size=12)
    assert QRectF(0, 0, 300, 240).contains(labels._labels[-1].box)
    assert not labels.put("lost", np.array([np.nan, 2.0]), up, DARK.text, size=12)


def test_pinned_pairs_are_bold():
    bundle = blend_bundle(outlines=())
    plain = frame_of(bundle, 0.5, view=ONLY)
    amount = ink(replace(plain, pinned=(200,)), plain)
    for share in (0.2, 0.8):
        place = (1 - share) * bundle.points[0, 200] + share * bundle.points[1, 200]
        assert near(amount[..., None], place).max() > 40


def test_layers_of_other_views_are_not_imported_for_the_first_one():
    import subprocess

    script = (
        "import sys; import flowlab.scene.canvas\n"
        "print(*[m for m in sys.modules if m.startswith('flowlab.scene')])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    names = {f"flowlab.scene.blending.{name}" for name in ("chain_view", "blend_view", "mapping")}
    assert "flowlab.scene.canvas" in run.stdout, run.stderr
    assert not names & set(run.stdout.split())
