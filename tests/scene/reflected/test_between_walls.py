"""Pictures between walls: the walls, paths with their bounces, (t, x), and the ways."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import motion_of, sampling_of, slow_steps_of, ways_of
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.samples import ends_alone
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.framing import fitted
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.canvas import paint
from flowlab.scene.furniture.legend import entries
from flowlab.scene.reflected.grips import Grips
from flowlab.scene.reflected.heat import HEAT, TONES, share
from flowlab.scene.reflected.held import held
from flowlab.scene.reflected.paths import Bounced
from flowlab.scene.reflected.sampling import PICTURES as SAMPLES
from flowlab.scene.reflected.slow import chosen
from flowlab.scene.reflected.time_plane import CELLS, density_in, nearest, plane_of, walls_along
from flowlab.scene.reflected.walls import extent, rings_of
from flowlab.scene.reflected.ways import PICTURES, shares
from tests.helpers.between_walls import between_walls, bundle_of

WIDE, HIGH = 640, 480


def frame(document: Document, t: float = 0.2) -> Frame:
    bundle = bundle_of(document)
    camera = fitted(bundle, document.view, WIDE, HIGH)
    return Frame(bundle=bundle, document=document, t=t, camera=camera, theme=DARK)


def painted(shown: Frame, scratch: Scratch | None = None) -> QImage:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint(painter, WIDE, HIGH, shown, scratch=scratch or Scratch(), dpr=1.0)
    painter.end()
    return image


def empty(document: Document) -> Document:
    """The document without particles and paths in its picture."""
    view = replace(document.view, show_particles=False, show_paths=False)
    return replace(document, view=view)


def stage(shown: Frame) -> Stage:
    return Stage(shown, WIDE, HIGH, 1.0, False, Scratch())


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_walls_are_a_line_and_outside_is_another_ground(theme: object) -> None:
    document = empty(between_walls(n=1))
    shown = replace(frame(document), theme=theme, legend=False, card=False)  # type: ignore[arg-type]
    image, at = painted(shown), stage(shown).pixels(np.array([[0.1, 0.1], [2.9, 0.1]], np.float32))
    inside, outside = (QColor(image.pixel(round(x), round(y))) for x, y in at.tolist())
    assert inside.getRgb()[:3] == shown.theme.canvas
    assert outside.getRgb()[:3] != shown.theme.canvas
    x, y = stage(shown).pixels(np.array([[2.5, 0.1]], np.float32))[0].tolist()
    line = [QColor(image.pixel(round(x) + k, round(y))).getRgb()[:3] for k in (-1, 0, 1)]
    assert shown.theme.wall in line


def test_the_ground_that_stays_between_frames_follows_walls_and_colours() -> None:
    shown, scratch = frame(empty(between_walls(n=1))), Scratch()
    disc = replace(shown.document, reflected=Reflected(walls="disc"))
    for other in (shown, replace(shown, document=disc), shown, replace(shown, theme=LIGHT)):
        assert painted(other, scratch) == painted(other)


def test_a_hole_is_outside() -> None:
    square = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
    hole = tuple((x / 2, y / 2) for x, y in square)
    document = empty(between_walls(n=1, walls="drawn", outline=(square, hole)))
    shown = replace(frame(document), legend=False, card=False)
    image = painted(shown)
    (ax, ay), (bx, by) = (
        stage(shown).pixels(np.array([[0.1, 0.1], [1.5, 0.1]], np.float32)).tolist()
    )
    assert QColor(image.pixel(round(ax), round(ay))).getRgb()[:3] != DARK.canvas
    assert QColor(image.pixel(round(bx), round(by))).getRgb()[:3] == DARK.canvas


def test_the_camera_shows_all_walls() -> None:
    document = between_walls(width=12.0, center_x=3.0)
    bundle = bundle_of(document)
    box = extent(bundle.extra)
    assert box is not None
    assert box[0] < -3.0 < 9.0 < box[1]
    camera = fitted(bundle, document.view, WIDE, HIGH)
    x0, x1, y0, y1 = camera.visible(WIDE, HIGH)
    assert x0 < -3 < 9 < x1
    assert y0 < -6 < 6 < y1
    assert extent(object()) is None


def test_walls_that_enclose_nothing_are_not_drawn() -> None:
    assert rings_of(Reflected(walls="drawn", outline=(((0, 0), (1, 0), (2, 0)),))) == ()


def test_a_path_goes_through_its_bounces_in_their_order() -> None:
    bundle = bundle_of(between_walls(n=40, sigma_max=2.0))
    path = Bounced.of(bundle, motion_of(bundle), 3)
    assert len(path.bounces) > 3
    assert (np.diff(path.times) >= 0).all()
    assert len(path.times) == len(bundle.times) + len(path.bounces)
    corner = np.abs(path.walls).max(1)
    assert np.allclose(corner, 2.5, atol=1e-5)  # on the square's walls
    here = bundle.at(0.33)[3]
    since = path.since(0.33, here)
    assert np.array_equal(since[0], here)
    assert len(since) == 1 + (path.times > 0.33).sum()
    bare = Bounced.of(bundle, None, 3)
    assert len(bare.times) == len(bundle.times)


def test_paths_are_drawn_up_to_the_present() -> None:
    document = between_walls(n=5)
    at_start = painted(frame(document, 1.0))
    at_end = painted(frame(document, 0.0))
    assert at_start != at_end


def test_the_time_plane_shows_walls_bounces_and_a_density_of_mass_one() -> None:
    shown = frame(between_walls("reflected_time_plane", n=400, angle=90.0))
    plane = plane_of(stage(shown))
    assert plane.walls == walls_along(shown) == pytest.approx((-2.5, 2.5))
    assert plane.name == "y"
    assert plane.density is not None
    mass = plane.density.values.sum(1) * 5.0 / CELLS
    assert np.allclose(mass, 1.0, atol=1e-4)  # nobody is outside
    assert plane.density.samples == 400
    assert len(plane.marks) == 3
    assert sum(map(len, plane.marks)) > 3
    assert all(np.abs(marks[:, 1]).max(initial=0.0) <= 2.5 + 1e-5 for marks in plane.marks)
    painted(shown)


def test_a_path_is_found_under_the_pointer() -> None:
    shown = frame(between_walls("reflected_time_plane", n=50))
    strand = plane_of(stage(shown)).strands[0]
    from flowlab.scene.furniture.time_plane import axes_of

    axes = axes_of(plane_of(stage(shown)), stage(shown))
    x, y = float(axes.x(strand.times[7])), float(axes.y(strand.paths[7, 1]))
    assert nearest(shown, x, y, WIDE, HIGH) == 1
    assert nearest(shown, 1.0, 1.0, WIDE, HIGH) is None


def test_a_density_in_cells_leaves_out_what_lies_beyond() -> None:
    along = np.array([0.1, 0.2, 0.6, 3.0], np.float32)
    assert density_in(along, np.array([0.0, 0.5, 1.0])).tolist() == [1.0, 0.5]


def test_ways_are_pictures_side_by_side_with_their_shares() -> None:
    shown = frame(between_walls("ways_to_stay", sigma_max=2.0))
    tiles = drawing_of("ways_to_stay").tiles(shown)
    assert tiles is PICTURES
    pictures = PICTURES.pictures(shown)
    titles = ["Threshold the mean", "Project the step", "Reflect the step"]
    assert [each.title for each in pictures] == titles
    known = ways_of(shown.bundle)
    assert known is not None
    assert shares(known.bundles[2], known.ways[2], 0.2) == ["0.0 % outside · 0.0 % on the walls"]
    assert pictures[1].lines[-1] != pictures[2].lines[-1]
    painted(shown)


def test_maps_of_the_kernel_say_what_they_are_made_of() -> None:
    document = between_walls("heat_kernel")
    shown = replace(frame(document, 0.9), bundle=bundle_of(document))
    sheet = HEAT.sheet_of(shown)
    assert [pane.title for pane in sheet.panes] == ["Images", "Harmonics", "Combined"]
    assert sheet.panes[0].lines[0] == "9 images"
    assert sheet.panes[1].lines[0].startswith("24 harmonics")
    assert HEAT.sheet_of(shown) is sheet  # made once for each noise level
    assert HEAT.sheet_of(replace(shown, t=0.1)) is not sheet
    painted(shown)


def test_a_share_of_the_peak_in_words() -> None:
    assert [share(v) for v in (0.23, 0.034, 3e-5, 0.0)] == [
        "23 %",
        "3 %",
        "3e−05",
        "less than 10⁻¹²",
    ]


def test_tones_are_on_one_scale_around_zero() -> None:
    shown = frame(between_walls("wall_tones", walls="disc"))
    sheet = TONES.sheet_of(shown)
    assert len(sheet.panes) == 6
    assert {pane.high for pane in sheet.panes} == {-pane.low for pane in sheet.panes}
    assert sheet.panes[0].title == "Tone 1"
    painted(shown)


def test_samples_are_pictures_with_what_they_spent() -> None:
    shown = frame(between_walls("reflected_sampling", start="target", width=9.0,
                                reverse_steps=20, flow_steps=10))  # fmt: skip
    pictures = SAMPLES.pictures(shown)
    assert [each.title for each in pictures] == ["Reverse SDE", "ḡ = 0.5 g", "Flow ODE"]
    assert pictures[0].lines[0].startswith("20 scores")
    assert pictures[2].lines[1].startswith("W₂ at t = 1: ")
    painted(shown)


def test_guidance_has_a_picture_of_each_way_and_of_the_data() -> None:
    document = between_walls("guidance_in_walls", width=9.0, reverse_steps=20, flow_steps=10)
    titles = [each.title for each in PICTURES.pictures(frame(document))]
    assert titles[-1] == "The data"
    assert len(titles) == 6
    disc = replace(document, reflected=replace(document.reflected, walls="disc", width=13.0))
    refused = PICTURES.pictures(frame(disc))[1]
    assert refused.title == "Dynamic threshold"
    assert "box" in refused.lines[0]
    painted(frame(disc))


def test_a_slow_step_is_drawn_part_by_part() -> None:
    document = between_walls("step_in_walls", width=9.0)
    shown = frame(document, 0.0)
    steps = slow_steps_of(shown.bundle)
    assert steps is not None
    assert chosen(stage(shown), steps) == [0, 1, 2]
    assert chosen(stage(replace(shown, pinned=(4,))), steps) == [4]
    moments = [(8 + part / 3) / steps.count for part in (0.0, 0.9, 1.9, 2.99)]
    pictures = [painted(replace(shown, t=t)) for t in moments]
    assert all(a != b for a, b in pairwise(pictures))


def test_the_legend_names_the_arrows_of_a_slow_step() -> None:
    document = between_walls("step_in_walls", width=9.0, start="target")
    names = [entry.text for entry in entries(stage(frame(document, 0.5)))]
    assert names[-2:] == ["mean", "noise"] or names[-3:] == ["mean", "noise", "what the walls do"]


def test_the_one_point_is_a_ring_also_in_files() -> None:
    document = empty(between_walls(n=1, start="point", start_x=1.0, start_y=-1.0))
    shown = replace(frame(document), legend=False, card=False, quality="export")
    x, y = stage(shown).pixels(np.array([[1.0, -1.0]], np.float32))[0].tolist()
    image = painted(shown)
    ring = [QColor(image.pixel(round(x) + k, round(y))) for k in (5, 6, 7, 8, 9)]
    assert max(pixel.blue() - pixel.red() for pixel in ring) > 80  # as of the target
    assert QColor(image.pixel(round(x), round(y))).getRgb()[:3] == DARK.canvas


def test_grips_are_drawn_on_the_screen_only() -> None:
    square = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
    document = empty(between_walls(n=1, walls="drawn", outline=(square,)))
    plain = replace(frame(document), legend=False, card=False)
    near = replace(plain, room_state=Grips(near=True, over=("corner", 0, 2)))
    assert painted(near) != painted(plain)
    in_file = replace(near, quality="export")
    assert painted(in_file) == painted(replace(plain, quality="export"))
    x, y = stage(near).pixels(np.array([[2.0, 2.0]], np.float32))[0].tolist()
    assert QColor(painted(near).pixel(round(x), round(y))).getRgb()[:3] == DARK.learned


def test_a_refused_target_is_shown_behind_the_walls() -> None:
    document = empty(between_walls(start="target", width=2.0))
    target = np.array([[0.3, 0.4], [1.6, 0.0]], np.float32)
    bundle = replace(ends_alone(document), target=target)
    shown = replace(frame(between_walls()), document=document, bundle=bundle, legend=False)
    image, at = painted(replace(shown, card=False)), stage(shown).pixels(target)
    for x, y in at.tolist():
        r, _, b, _ = QColor(image.pixel(round(x), round(y))).getRgb()
        assert b > r + 60


def test_pictures_side_by_side_have_no_refused_target() -> None:
    document = between_walls("ways_to_stay", start="target", clip=True, width=2.0)
    shown = replace(frame(document), legend=False, card=False)
    plain = empty(document)
    image = painted(replace(shown, document=plain))
    assert not any(
        QColor(image.pixel(x, y)).blue() - QColor(image.pixel(x, y)).red() > 90
        for x in range(0, WIDE, 2)
        for y in range(120, HIGH - 60, 2)
    )


def test_particles_stand_where_their_last_step_ended() -> None:
    bundle = bundle_of(between_walls())
    assert bundle.direction == "reverse"
    assert held(bundle, 0.13) == pytest.approx(0.15)  # of 20 steps, coming from t = 1
    assert held(bundle, 0.15) == pytest.approx(0.15)
    assert (held(bundle, 0.0), held(bundle, 1.0)) == (0.0, 1.0)
    document = between_walls("reflected_sampling", start="target", width=9.0, reverse_steps=20,
                             flow_steps=10)  # fmt: skip
    sampling = sampling_of(bundle_of(document))
    assert sampling is not None
    noisy, _, flow = sampling.panes
    assert held(noisy.bundle, 0.13) == pytest.approx(0.1)  # going to t = 1
    assert held(flow.bundle, 0.13) == 0.13
    assert held(None, 0.13) == 0.13


def test_the_uniform_law_looks_uniform_at_every_t() -> None:
    """Half way along a long step a cloud is narrower than the law."""
    shown = frame(between_walls("reflected_time_plane", n=4000, sigma_max=3.0))
    density = plane_of(stage(shown)).density
    assert density is not None
    at_walls = density.values[:, [0, 1, -2, -1]].mean(1) * 5.0
    assert at_walls.min() > 0.8
