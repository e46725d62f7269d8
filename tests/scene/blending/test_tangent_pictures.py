"""Tangent fields as colours: the map of directions, blanks, textures, and the map of errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.blending.settings import PICTURES, Blending
from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.distributions.bilinear import read_lattice
from flowlab.core.document.view import View
from flowlab.core.views.bundle import FieldFrames
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import _TO_LAB, _TO_LMS
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending.tangent_colours import direction_codes, direction_palette, speed_codes
from flowlab.scene.blending.tangent_key import maps_error, wheel
from flowlab.scene.blending.tangent_lattice import lattice_over, spread
from flowlab.scene.blending.tangent_pictures import error_share
from flowlab.scene.blending.tangent_slice import between, filled, slice_at
from flowlab.scene.blending.tangent_speeds import full_error, rms_speed, rounded, top_speed
from flowlab.scene.blending.tangent_texture import MARGIN, smeared, texture
from flowlab.scene.layers.error_map import FULL, error_image
from tests.helpers.pictures import frame_of, ink, painted, seen
from tests.scene.tangent_fields import bundle_of, everywhere, swirl, tangents_of

pytestmark = pytest.mark.usefixtures("qapp")  # for its fonts

ROOM = {"width": 800, "height": 640}  # space beside the card
# Machado, Oliveira and Fernandes 2009, on linear light: eyes without one kind of cone
BLIND = {
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
}


def shown(tangents: Tangents, t: float = 0.5, view: str = "tangent_field", **chosen: object):
    frame = frame_of(bundle_of(tangents), t, view=View(name=view, show_ends=False))
    return seen(frame, blending=Blending(**chosen))


def oklab(rgb: np.ndarray, seen: np.ndarray | None = None) -> np.ndarray:
    """Colours (n, 3) 0 to 255 in OKLab, as seen by eyes with the matrix `seen`."""
    c = rgb / 255
    linear = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    linear = linear if seen is None else np.clip(linear @ np.array(seen).T, 0, 1)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def apart(lab: np.ndarray, turn: int) -> float:
    """The least distance of two colours whose directions are at least `turn` of 256 steps apart."""
    steps = np.abs(np.arange(256)[:, None] - np.arange(256))
    far = np.minimum(steps, 256 - steps) >= turn
    return float(np.linalg.norm(lab[:, None] - lab[None], axis=2)[far].min())


def test_equal_turns_look_equally_different() -> None:
    lab = oklab(direction_palette().astype(float))
    steps = np.linalg.norm(lab - np.roll(lab, 8, axis=0), axis=1)  # 8: colours are rounded
    assert steps.max() < 1.15 * steps.min()
    assert apart(lab, 64) > 0.2


@pytest.mark.parametrize("kind", BLIND)
def test_directions_are_told_apart_by_colour_blind_eyes(kind: str) -> None:
    lab = oklab(direction_palette().astype(float), BLIND[kind])
    assert apart(lab, 64) > 0.11
    assert apart(lab, 128) > 0.16  # opposite directions


def test_codes_are_the_polar_angle_of_two_arguments() -> None:
    for degrees, code in ((0, 0), (90, 64), (180, 128), (-90, 192), (-45, 224), (135, 96)):
        u, v = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        assert direction_codes(np.array([3 * u]), np.array([3 * v])) == code
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, 500).astype(np.float32)
    codes = direction_codes(np.cos(angles), np.sin(angles))
    turned = direction_codes(np.cos(angles + np.pi / 2), np.sin(angles + np.pi / 2))
    assert set((turned - codes) % 256) <= {63, 64, 65}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("field", ["estimate", "exact"])
@pytest.mark.parametrize("degrees", [0, 90, 200, -60])
def test_a_direction_has_its_colour(theme, field, degrees) -> None:
    u, v = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    frame = replace(shown(tangents_of(everywhere(u, v)), field=field), theme=theme)
    code = round(degrees / 360 * 256) % 256
    wanted = 0.96 * direction_palette()[code] + 0.04 * np.array(theme.canvas)
    assert np.abs(painted(frame)[112, 155] - wanted).max() < 5


def test_wheel_and_picture_have_the_same_colours() -> None:
    """A field that points outwards shows the colours of the wheel."""
    radial = tangents_of(lambda x, y: (x, y))
    picture = painted(replace(shown(radial, field="exact"), theme=DARK))
    ring = wheel(DARK.dark)
    for degrees in range(0, 360, 30):
        c, s = np.cos(np.deg2rad(degrees + 3)), np.sin(np.deg2rad(degrees + 3))
        pixel = picture[int(120 - 50 * s), int(150 + 50 * c)]
        mark = ring.pixelColor(int(96 + 75 * c), int(96 - 75 * s))
        drawn = np.array([mark.red(), mark.green(), mark.blue()]) * 0.96 + 0.04 * np.array(
            DARK.canvas
        )
        assert np.abs(pixel - drawn).max() < 9


def test_turning_the_field_turns_the_hues() -> None:
    """The field of rotated shapes is the rotated field at rotated places."""
    before = slice_at(tangents_of(swirl), "exact", 0.5)

    def turned(x, y):
        u, v = swirl(y, -x)
        return -v, u

    after = slice_at(tangents_of(turned), "exact", 0.5)
    codes = [direction_codes(f.values[..., 0], f.values[..., 1]) for f in (before, after)]
    change = (codes[1] - np.rot90(codes[0], -1)) % 256  # rows go up: a quarter turn to the left
    assert (np.abs(change - 64)[before.good & after.good] <= 1).all()


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("field", ["estimate", "exact", "learned"])
def test_what_is_blank_is_clear(picture, field) -> None:
    half = tangents_of(swirl, blank=lambda x, y: x > 0)
    frame = shown(half, picture=picture, field=field)
    amount = ink(frame, replace(frame, bundle=replace(frame.bundle, extra=None)))
    assert amount[:, 60:140].mean() > 4
    # 20 pixels are a unit: half a cell of 0.25 is 2.5; arrows reach out of their cells
    assert amount[:, 175 if picture == "arrows" else 154 :].sum() == 0


def test_blank_where_a_frame_beside_t_is_blank() -> None:
    given = tangents_of(swirl)
    values = given.estimate.values.copy()
    values[1, 10, 12] = np.nan
    part = replace(given, estimate=replace(given.estimate, values=values))
    assert slice_at(part, "estimate", 0.0).good[10, 12]
    for t in (0.3, 0.5, 0.8):
        assert not slice_at(part, "estimate", t).good[10, 12]
    with np.errstate(invalid="raise"):
        codes = direction_codes(*np.moveaxis(slice_at(part, "estimate", 0.3).values, -1, 0))
    assert codes.min() >= 0


def test_cells_of_the_estimate_are_seen_and_the_exact_field_is_smooth() -> None:
    """Along a row of pixels the estimate's colour is constant in each cell, 5 pixels wide."""
    field = tangents_of(lambda x, y: (np.cos(x), np.sin(x)))
    row = {f: painted(shown(field, field=f))[121, 60:240] for f in ("estimate", "exact")}
    changes = {f: (np.abs(np.diff(r, axis=0)).sum(1) > 3).mean() for f, r in row.items()}
    assert changes["estimate"] < 0.3
    assert changes["exact"] > 0.6


def test_speeds_reach_from_one_end_of_the_map_to_the_other() -> None:
    codes = speed_codes(np.array([0.0, 1.5, 3.0, 9.0]), np.zeros(4), 3.0)
    assert codes.tolist() == [0, 127, 255, 255]
    slow, fast = (tangents_of(everywhere(s, 0), top=2.0) for s in (0.1, 1.9))
    dark = [painted(shown(f, picture="magnitude"))[112, 155] for f in (slow, fast)]
    light = [
        painted(replace(shown(f, picture="magnitude"), theme=LIGHT))[112, 155] for f in (slow, fast)
    ]
    assert dark[1].sum() > dark[0].sum() + 100  # farther from the background
    assert light[1].sum() < light[0].sum() - 100


def test_the_scales_of_speed_are_those_of_the_exact_field() -> None:
    exact = tangents_of(everywhere(1.83, 0))
    noisy = replace(exact, estimate=replace(exact.estimate, values=9 * exact.estimate.values))
    assert top_speed(noisy) == 2.0
    assert rms_speed(noisy) == pytest.approx(1.83)
    assert top_speed(replace(noisy, exact=None)) == pytest.approx(20.0)
    assert [rounded(v) for v in (0.0123, 1.0, 7.2, 0.96)] == pytest.approx([0.015, 1.0, 8.0, 1.0])


def test_the_rms_speed_weighs_by_the_density() -> None:
    field = tangents_of(lambda x, y: (np.where(x > 0, 3.0, 1.0), 0 * x))
    density = field.density.copy()
    density[..., field.estimate.xs > 0] *= 3
    weighed = replace(field, density=density, exact=replace(field.exact))
    left = float((field.estimate.xs <= 0).sum())
    right = len(field.estimate.xs) - left
    expected = np.sqrt((left * 1 + 3 * right * 9) / (left + 3 * right))
    assert rms_speed(weighed) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("way", [(1, 0), (2, 1), (1, -1), (0, 1), (-3, 1)])
def test_a_texture_varies_slowly_along_and_quickly_across(way) -> None:
    """Streaks of a constant field: neighbours along it differ far less than across it."""
    rng = np.random.default_rng(3)
    steps = np.zeros((120, 130), np.complex64)
    steps[MARGIN:-MARGIN, MARGIN:-MARGIN] = complex(*way) / max(np.abs(way))
    grey = smeared(steps, rng.random((120, 130)).astype(np.float32), 5, Scratch())
    x, y = rng.integers(45, 75, (2, 2000))  # far from the edge

    def change(dx, dy):
        return np.abs(grey[y + dy, x + dx] - grey[y, x]).mean()

    k = 4 if max(np.abs(way)) == 1 else 2
    assert change(k * way[0], k * way[1]) < 0.65 * change(-k * way[1], k * way[0])
    assert grey[45:75, 45:75].mean() == pytest.approx(0.5, abs=0.05)
    spread = grey[45:75, 45:75].std() / np.sqrt(1 / 12 / 32)
    assert 0.7 < spread < 1.5  # of a mean of 32 grains


def test_a_smear_of_a_straight_way_is_the_mean_of_its_pixels() -> None:
    grain = np.random.default_rng(4).random((20, 60)).astype(np.float32)
    way = np.zeros((20, 60), np.complex64)
    way[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1.0
    grey = smeared(way, grain, 4, Scratch())
    expected = np.stack([grain[10, k : k + 16].mean() for k in range(5, 35)])
    np.testing.assert_allclose(grey[10, 5:35], expected, rtol=1e-5)


def test_streaks_of_a_rotation_stay_on_circles() -> None:
    """Thirty-two steps of a pixel around a circle of radius 30, computed by doubling."""
    y, x = np.indices((121, 121)) - 60.0
    radius = np.maximum(np.hypot(x, y), 1e-9)
    step = np.maximum(np.abs(x), np.abs(y)) / radius
    way = ((-y + 1j * x) / radius / np.maximum(step, 1e-9)).astype(np.complex64)
    way[:MARGIN] = way[-MARGIN:] = way[:, :MARGIN] = way[:, -MARGIN:] = 0
    radii = smeared(way, radius.astype(np.float32), 5, Scratch())
    ring = np.abs(radius - 30) < 1
    assert np.abs(radii - radius)[ring].max() < 1.2


def test_a_texture_moves_on_with_t_and_is_the_same_for_the_same_t() -> None:
    frame = shown(tangents_of(everywhere(6.0, 2.0)), picture="lic", field="exact")
    first, again = painted(frame), painted(frame)
    later = painted(replace(frame, t=0.54))
    np.testing.assert_array_equal(first, again)
    assert np.abs(later - first)[60:180, 90:210].mean() > 3


def test_a_texture_stays_on_the_plane_while_panning() -> None:
    frame = shown(tangents_of(everywhere(1.0, 0.3)), picture="lic", field="exact")
    moved = replace(frame, camera=Camera(centre_x=1.0, half_height=6.0))  # 20 pixels
    here, there = painted(frame)[80:160, 100:200], painted(moved)[80:160, 80:180]
    assert np.abs(here - there).mean() < 0.25 * np.abs(here - np.roll(here, 20, axis=1)).mean()


def test_greys_of_a_texture_fill_their_range() -> None:
    stage = Stage(shown(tangents_of(swirl), field="exact"), 300, 240, 1.0, False, Scratch())
    field = slice_at(tangents_of(swirl), "exact", 0.5)
    lattice = lattice_over(stage, field, 2.0, 50_000, 8)
    u, v, cover = spread(field, lattice)
    for t in (0.0, 0.31, 0.5):
        grey = texture(u, v, lattice, t, Scratch())[cover == 1]
        assert grey.mean() == pytest.approx(0.5, abs=0.03)
        assert 0.15 < grey.std() < 0.3
        assert 0 <= grey.min() <= grey.max() <= 1


def test_between_cells_a_linear_field_is_exact() -> None:
    y, x = np.indices((7, 9), float)
    planes = np.stack([2 * x - y, x + 3 * y]).astype(np.float32)
    column, row = np.linspace(0, 8, 23), np.linspace(6, 0, 17)
    u, v = read_lattice(planes, column, row)
    np.testing.assert_allclose(u, 2 * column - row[:, None], atol=1e-5)
    np.testing.assert_allclose(v, column + 3 * row[:, None], atol=1e-5)


def test_blank_cells_take_the_mean_of_their_neighbourhood() -> None:
    values = np.full((6, 7, 2), np.nan, np.float32)
    values[0, 0], values[5, 6] = (1.0, 2.0), (3.0, -2.0)
    good = np.isfinite(values[..., 0])
    whole = filled(values, good)
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(whole[good], values[good])
    np.testing.assert_allclose(whole[0, 1], (1, 2))  # in its block of 2 x 2
    assert not filled(values, np.zeros_like(good)).any()
    full = np.ones((3, 3, 2), np.float32)
    assert filled(full, np.ones((3, 3), bool)) is full


def test_between_alphas_values_are_linear_and_blank_beside_a_blank() -> None:
    times = np.array([0, 0.5, 1], np.float32)
    values = np.array([[1.0, 2.0], [3.0, np.nan], [4.0, 5.0]], np.float32)
    assert between(times, values, 0.25)[0] == pytest.approx(2.0)
    assert np.isnan(between(times, values, 0.25)[1])
    assert between(times, values, 0.0)[1] == 2.0
    assert between(times, values, 1.0).tolist() == [4.0, 5.0]


def test_the_map_of_errors_is_the_distance_to_the_exact_field_over_its_rms() -> None:
    exact = tangents_of(everywhere(2.0, 0.0))
    off = exact.estimate.values + np.array([0.3, 0.4], np.float32)
    off[:, 3, 4] = np.nan
    given = replace(exact, estimate=replace(exact.estimate, values=off))
    share = error_share(given, "estimate", 0.4)
    assert np.isnan(share[3, 4])
    assert np.nanmax(np.abs(share - 0.25)) < 1e-5
    assert error_share(given, "exact", 0.4) is None
    assert error_share(replace(given, exact=None), "estimate", 0.4) is None


@pytest.mark.parametrize("field", ["learned", "estimate"])
def test_errors_look_as_in_the_difference_of_flows(field) -> None:
    exact = tangents_of(everywhere(2.0, 0.0))
    off = exact.estimate.values + np.array([0.03, 0.04], np.float32)
    given = replace(exact, **{field: replace(exact.estimate, values=off)})
    full = full_error(given, field)
    assert full == {"learned": FULL, "estimate": 0.1}[field]
    share = np.array([[0.025 / full * FULL]])
    same = error_image(share, DARK, np.ones((1, 1))).pixelColor(0, 0)
    ground = painted(shown(exact, show_error=True, field=field), **ROOM)[312, 405]
    colour = np.array([same.redF(), same.greenF(), same.blueF()]) * 255 * same.alphaF()
    pixel = painted(shown(given, show_error=True, field=field), **ROOM)[312, 405]
    assert np.abs(pixel - ground * (1 - same.alphaF()) - colour).max() < 3


def test_the_full_colour_is_for_a_round_error_above_what_the_average_is_off_by() -> None:
    exact = tangents_of(everywhere(2.0, 0.0))
    for off, full in ((0.004, 0.01), (0.02, 0.05), (0.06, 0.2), (0.4, FULL), (np.nan, FULL)):
        errors = {"estimate": np.full(3, off, np.float32), "learned": np.zeros(3, np.float32)}
        assert full_error(replace(exact, errors=errors), "estimate") == full
        assert full_error(replace(exact, errors=errors), "learned") == FULL
    assert full_error(replace(exact, errors=None), "estimate") == FULL


def test_an_error_fades_where_little_mass_is_and_is_asked_for_where_it_exists() -> None:
    exact = tangents_of(everywhere(2.0, 0.0))
    off = replace(exact.estimate, values=exact.estimate.values + np.float32(0.5))
    density = exact.density.copy()
    density[..., exact.estimate.xs > 0] = 0.01
    given = replace(exact, estimate=off, density=density)
    frame = shown(given, show_error=True)
    picture = painted(frame, **ROOM)
    assert picture[312, 360].sum() > picture[312, 420].sum() + 60
    for change, asked in (({}, True), ({"field": "exact"}, False)):
        stage = Stage(shown(given, show_error=True, **change), 300, 240, 1.0, False, Scratch())
        assert maps_error(stage) is asked


@pytest.mark.parametrize("picture", PICTURES)
def test_drawing_again_with_the_same_memory_changes_nothing(picture) -> None:
    frame, scratch = shown(tangents_of(swirl), picture=picture, field="exact"), Scratch()
    alone = painted(replace(frame, t=0.7))
    for t in (0.1, 0.9, 0.7):
        last = painted(replace(frame, t=t), scratch=scratch)
    np.testing.assert_array_equal(last, alone)


@pytest.mark.parametrize("field", ["estimate", "exact"])
def test_the_field_lies_in_one_plane_whatever_the_layout(field) -> None:
    frame = shown(tangents_of(swirl), field=field)
    side = seen(frame, view=replace(frame.view, layout="side"))
    for t in (0.25, 0.75):
        np.testing.assert_array_equal(
            painted(replace(side, t=t), width=700), painted(replace(frame, t=t), width=700)
        )


def test_a_picture_of_cells_is_enlarged_where_it_is_enlarged_without_end() -> None:
    from flowlab.scene.blending.tangent_pictures import _cell_colours

    tangents = tangents_of(swirl)
    stage = Stage(shown(tangents), 300, 240, 1.0, True, Scratch())
    picture = _cell_colours(stage, slice_at(tangents, "estimate", 0.5))
    assert picture.image.width() >= 800
    times = picture.image.width() // len(tangents.estimate.xs)
    assert picture.pixels[:times, :times].std() == 0  # a cell is a square of one colour


def test_no_field_draws_nothing() -> None:
    frames = tangents_of(swirl)
    blank = replace(frames.estimate, values=np.full_like(frames.estimate.values, np.nan))
    for tangents in (replace(frames, learned=None), replace(frames, learned=blank)):
        for picture in PICTURES:
            frame = shown(tangents, picture=picture, field="learned")
            image = QImage(300, 240, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            from flowlab.scene.canvas import paint

            paint(painter, 300, 240, frame)
            painter.end()
    assert isinstance(frames.estimate, FieldFrames)
