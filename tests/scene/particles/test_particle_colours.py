"""The colours of particles, on every path by which they reach a picture."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from flowlab.core.document.view import COLOURS, View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.colours import class_palette
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.base.tone import toned_owned
from flowlab.scene.export.export import ExportSpec, export
from flowlab.scene.export.pictures import rgb_of
from flowlab.scene.furniture.legend import start_wheel
from flowlab.scene.particles import splat
from flowlab.scene.particles.particle_colours import (
    speed_palette,
    start_code,
    start_palette,
    tint_of,
    top_speed,
)
from tests.helpers.pictures import DOTS, seen

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def heading(picture, ground, colour):
    """Cosine between the pixels' change from the background and the change towards `colour`."""
    here, there = (
        (np.asarray(c, float) - ground).reshape(-1, 3).mean(0) for c in (picture, colour)
    )
    return here @ there / np.linalg.norm(here) / np.linalg.norm(there)


def bare(scenes, frame, **options):
    """The picture without particles."""
    view = replace(frame.view, show_particles=False, show_trails=False, show_raw=False)
    return scenes.painted(seen(frame, view=view), **options)


@THEMES
@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
def test_classes_have_their_colours(scenes, theme, dpr):
    points = [[-4, 0], [0, 0], [4, 0]]
    bundle = scenes.straight(
        points, points, labels=np.array([9, 4, 9])
    )  # label 8 has the first colour again
    frame = scenes.frame_of(bundle, view=replace(DOTS, colour="class"), theme=theme)
    picture, ground = scenes.painted(frame, dpr=dpr), bare(scenes, frame, dpr=dpr)
    for x, code in ((-4, 1), (0, 4), (4, 1)):
        at = int(120 * dpr), int((150 + 20 * x) * dpr)
        assert heading(picture[at], ground[at], class_palette(theme)[code]) > 0.999


@THEMES
def test_overlapping_particles_mix_in_proportion(scenes, theme):
    points = np.full((4, 2), 0.025)
    bundle = scenes.straight(points, points, labels=np.array([0, 2, 2, 2]))
    frame = scenes.frame_of(bundle, view=replace(DOTS, colour="class"), theme=theme)
    pixel, ground = (picture[119, 150] for picture in (scenes.painted(frame), bare(scenes, frame)))
    palette = class_palette(theme).astype(float)
    assert heading(pixel, ground, 0.25 * palette[0] + 0.75 * palette[2]) > 0.9995
    assert heading(pixel, ground, palette[2]) < 0.998


def test_of_very_many_every_pixel_has_the_colour_of_one_in_proportion(scenes):
    rng = np.random.default_rng(0)
    points = rng.uniform(-3, 3, (60_000, 2))
    labels = (rng.random(60_000) < 0.25).astype(int)
    bundle = scenes.straight(points, points, labels=labels)
    stage = Stage(
        scenes.frame_of(bundle, view=replace(DOTS, colour="class")), 300, 240, 1, False, Scratch()
    )
    tint = tint_of(stage)
    window = splat.Window(0, 0, 300, 240)
    amount, owner = splat.accumulator(window, Scratch()), np.zeros((272, 332), np.uint8)
    place, ink = stage.affine(0.5), splat.Ink(tint, owner)
    splat.add_dots(
        amount, window, points.astype(np.float32), splat.stamps(0.0), affine=place, ink=ink
    )
    light, codes = splat.inner(amount), splat.inner(owner)
    assert light.sum() == 60_000
    inside = codes[62:178, 92:208]  # 4 particles a pixel
    assert (inside == 1).mean() == pytest.approx(0.25, abs=0.02)
    image = toned_owned(light, codes, 10.0, tint.table(), Scratch())
    rgb = np.unique(rgb_of(image)[62:178, 92:208].reshape(-1, 3), axis=0).astype(int)
    bright = rgb[rgb.sum(1) > 250]  # saturated: just the two colours
    both = class_palette(DARK)[:2].astype(int)
    assert (np.abs(bright[:, None] - both).sum(-1).min(1) < 8).all()


@pytest.mark.parametrize("count", [300, 30_000])
def test_trails_have_the_colour_of_their_particles(scenes, count):
    labels = np.arange(count) * 2 // count
    start = np.stack([np.full(count, -4.0), np.where(labels == 0, 2.0, -2.0)], 1)
    bundle = scenes.straight(start, start + np.array([8, 0]), labels=labels)
    view = replace(DOTS, colour="class", show_trails=True, show_particles=False, trail=0.3)
    frame = scenes.frame_of(bundle, 0.6, view=view)
    picture, ground = scenes.painted(frame), bare(scenes, frame)
    for y, code in ((2, 0), (-2, 1)):
        part = slice(120 - 20 * y - 2, 120 - 20 * y + 2), slice(140, 160)
        assert np.abs(picture[part] - ground[part]).max() > 20
        assert heading(picture[part], ground[part], class_palette(DARK)[code]) > 0.99
    assert not np.abs(picture - ground)[125:150, 60:110].any()  # neither between the two nor behind


def test_without_classes_the_time_colours_and_the_legend_says_so(scenes):
    bundle = scenes.gaussian_bundle(50)
    by_class, by_time = (
        scenes.frame_of(bundle, view=replace(DOTS, colour=c)) for c in ("class", "time")
    )
    np.testing.assert_array_equal(scenes.painted(by_class), scenes.painted(by_time))
    legend = [replace(frame, legend=True) for frame in (by_class, by_time)]
    said = scenes.ink(*legend, width=600)
    assert said[:210].sum() == 0
    assert said[210:, 250:].sum() > 1000


def test_speed_is_told_on_one_scale_for_all_times(scenes):
    points = np.array([[-4, 3], [-4, 0], [-4, -3]])
    bundle = scenes.straight(points, points + np.array([[0, 0], [4, 0], [8, 0]]))
    assert top_speed(bundle) == 8.0
    view = replace(DOTS, colour="speed")
    for t in (0.0, 0.4, 1.0):
        frame = scenes.frame_of(bundle, t, view=view)
        picture, ground = scenes.painted(frame), bare(scenes, frame)
        for (x, y), speed in zip(
            points + t * np.array([[0, 0], [4, 0], [8, 0]]), (0, 4, 8), strict=True
        ):
            at = int(119.9 - 20 * y), int(149.9 + 20 * x)
            colour = speed_palette(True)[round(speed / 8 * 255)]
            assert heading(picture[at], ground[at], colour) > 0.998


def test_the_speed_of_a_curve_is_that_of_its_slope(scenes):
    t = np.linspace(0, 1, 9, dtype=np.float32)
    turn = np.pi * t
    points = np.stack([np.cos(turn), np.sin(turn)], -1)[:, None].astype(np.float32) * 3
    slopes = np.stack([-np.sin(turn), np.cos(turn)], -1)[:, None].astype(np.float32) * 3 * np.pi
    bundle = Bundle(times=t, points=points, knot_velocities=slopes)
    assert top_speed(bundle) == 10.0  # 3 pi = 9.42, rounded up
    for now in (0.0, 0.31, 1.0):
        assert bundle.speed(now) == pytest.approx(3 * np.pi, rel=1e-3)


@THEMES
def test_start_positions_keep_their_colour_and_neighbours_are_alike(scenes, theme):
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
    view = replace(DOTS, colour="start")
    stage = Stage(
        scenes.frame_of(scenes.straight(ring, -ring), view=view, theme=theme),
        300, 240, 1, False, Scratch(),
    )  # fmt: skip
    colours = np.array([tint_of(stage).colour(k) for k in range(400)], float)
    step = np.abs(np.diff(colours, axis=0)).sum(1)
    assert step.max() < 150  # the steps of the map are hidden by noise
    smooth = start_palette(theme.dark)[start_code(*ring.T / 2)].astype(int)
    assert np.abs(np.diff(smooth, axis=0)).sum(1).max() < 130  # of one hue to the next
    opposite = np.abs(colours - np.roll(colours, 200, axis=0)).sum(1)
    assert opposite.min() > 120
    palette = start_palette(theme.dark).astype(float)
    ground = np.array(theme.canvas, float)
    assert np.abs(palette - ground).sum(1).min() > 150  # each stands out


def test_the_wheel_of_the_legend_lies_like_the_plane():
    rgb = rgb_of(start_wheel(True)).astype(float)
    for x, y in ((0.75, 0.0), (0.0, 0.75), (-0.75, 0.0), (0.0, -0.75)):
        column, row = int(48 + 48 * x), int(48 - 48 * y)
        seen = rgb[row - 2 : row + 3, column - 2 : column + 3].mean((0, 1))
        wanted = start_palette(True)[start_code(np.array(x), np.array(y))]
        assert np.abs(seen - wanted).max() < 45


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("count", [1, 500, 30_000])
def test_every_colour_paints_while_weights_blend_and_with_lost_particles(scenes, colour, count):
    def made(seed):
        bundle = scenes.gaussian_bundle(count, seed)
        points = bundle.points.copy()
        points[1, : count // 3] = np.nan
        return replace(bundle, points=points, labels=np.arange(count) % 11)

    old, new = made(0), made(1)
    if count > 20_000:
        old, new = old.compact(), new.compact()
    view = View(colour=colour, show_density=True, show_contours=True)
    frame = scenes.frame_of(new, 0.4, view=view, blend_from=old, blend=0.3, legend=True)
    for theme in (DARK, LIGHT):
        assert np.ptp(scenes.painted(replace(frame, theme=theme))) > 60


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_has_a_legend(scenes, colour):
    bundle = replace(scenes.gaussian_bundle(60), labels=np.arange(60) % 3)
    frame = scenes.frame_of(bundle, view=replace(DOTS, colour=colour), legend=True)
    amount = scenes.ink(frame, replace(frame, legend=False), width=700)
    assert amount[:200].sum() == 0
    assert amount[200:].sum() > 2500


@THEMES
def test_vector_files_have_the_colours_of_the_classes(tmp_path, scenes, theme):
    points = np.array([[-3, 0], [0, 0], [3, 0]])
    bundle = scenes.straight(points, points + np.array([0.0, 2.0]), labels=np.array([0, 1, 2]))
    view = replace(DOTS, colour="class", show_trails=True)
    spec = ExportSpec(tmp_path / "a.svg", width=800, height=600, t=0.5, theme=theme.name)
    export(lambda t: scenes.frame_of(bundle, t, view=view), spec)
    root = ElementTree.parse(spec.path).getroot()
    fills = {node.get("fill") for node in root.iter() if node.get("fill")}
    strokes = {node.get("stroke") for node in root.iter() if node.get("stroke")}
    for rgb in class_palette(theme)[:3]:
        name = "#" + bytes(rgb).hex()
        assert name in fills
        assert name in strokes


def test_exports_mix_as_the_screen_does(scenes):
    bundle = replace(scenes.gaussian_bundle(3000), labels=np.arange(3000) % 3)
    frame = scenes.frame_of(bundle, view=replace(DOTS, colour="class"))
    screen, film = (scenes.painted(replace(frame, quality=q)) for q in ("live", "export"))
    np.testing.assert_array_equal(screen, film)


@THEMES
def test_raw_particles_are_crosses_of_their_own_colour(scenes, theme):
    raw = scenes.straight([[2.025, 0.025]], [[2.025, 0.025]])
    bundle = replace(scenes.straight([[-3, 0]], [[-3, 0]]), raw=raw)
    view = replace(DOTS, show_raw=True)
    frame = scenes.frame_of(bundle, view=view, theme=theme)
    without = seen(frame, view=DOTS)
    amount = scenes.ink(frame, without)
    assert scenes.centroid(amount) == pytest.approx((190.5, 119.5), abs=0.6)
    middle = amount[119, 190]
    arms = [amount[119, 192], amount[119, 188], amount[121, 190], amount[117, 190]]
    corners = [amount[121, 192], amount[117, 188]]
    assert min(arms) > 0.3 * middle > 4 * max(corners)
    pixel, ground = (picture[119, 190] for picture in (scenes.painted(frame), bare(scenes, frame)))
    assert heading(pixel, ground, theme.raw) > 0.99
    nothing = replace(bundle, raw=None)
    np.testing.assert_array_equal(
        scenes.painted(replace(frame, bundle=nothing)), scenes.painted(without)
    )


@pytest.mark.parametrize("count", [400, 30_000])
def test_raw_particles_are_named_and_blend(scenes, count):
    old = replace(scenes.gaussian_bundle(count), raw=scenes.gaussian_bundle(count, 1))
    new = replace(scenes.gaussian_bundle(count, 2), raw=scenes.gaussian_bundle(count, 3))
    view = replace(DOTS, show_raw=True)
    frame = scenes.frame_of(new, view=view, blend_from=old, blend=0.0, legend=True)
    still = scenes.frame_of(old, view=view, legend=True)
    np.testing.assert_array_equal(scenes.painted(frame), scenes.painted(still))
    amount = scenes.ink(frame, seen(frame, view=DOTS), width=600)
    assert amount[215:, 60:200].sum() > 800  # the legend
    fewer = replace(new, raw=scenes.gaussian_bundle(7))
    assert np.ptp(scenes.painted(replace(frame, bundle=fewer))) > 60
