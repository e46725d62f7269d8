"""The legend and the picture say the same: no colour is named that isn't drawn, and none missed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.core.views.bundle import FieldFrames, FlowError
from flowlab.core.views.densities import density_map
from flowlab.core.views.density_map import interpolant_drawn
from flowlab.core.views.interpolant_densities import interpolant_density
from flowlab.scene.base.colours import CLASS_COLOURS
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.furniture.legend import EDGE, Legend, entries, height_of
from tests.helpers.pictures import NOTHING, frame_of, gaussian_bundle, painted, seen, stage_of

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
NAMES = ("source", "target", "exact", "learned", "raw")
SIZE = {"width": 700, "height": 560}
LAYERS = {
    "particles": {"show_particles": True},
    "trails": {"show_trails": True},
    "paths": {"show_paths": True},
    "ends": {"show_ends": True},
    "pairs": {"show_pairs": True},
    "grid": {"show_grid": True},
    "raw": {"show_raw": True, "show_particles": True},
    "arrows": {"field": "arrows"},
    "streamlines": {"field": "streamlines"},
    "density": {"show_density": True},
    "exact": {"shows": "exact", "show_particles": True},
    "exact with arrows": {"shows": "exact", "field": "arrows"},
    "difference": {"shows": "difference", "show_particles": True},
    "classes": {"show_particles": True, "colour": "class"},
    "nothing": {},
}


def field() -> FieldFrames:
    axis = np.linspace(-4, 4, 9, dtype=np.float32)
    values = np.ones((2, 9, 9, 2), np.float32)
    return FieldFrames(times=np.array([0, 1], np.float32), xs=axis, ys=axis, values=values)


def flow(count: int = 300):
    bundle = replace(gaussian_bundle(count), field=field(), labels=np.arange(count) % 3)
    pairs = np.concatenate([bundle.points[0], bundle.points[1]], 1)[:40]
    error = np.full(2, 0.1, np.float32)
    gap = FlowError(
        frames=field(),
        weight=np.ones((2, 9, 9), np.float32),
        speed=3.0,
        velocity=error,
        places=error,
    )
    lattice = gaussian_bundle(25)
    moved = replace(gaussian_bundle(count, 1), field=field(), source=bundle.source)
    return replace(
        bundle, pairs=pairs, raw=gaussian_bundle(count, 2), exact=moved, flow_error=gap,
        lattice=lattice, lattice_shape=(5, 5),
    )  # fmt: skip


def shown(theme, layers, t=0.5):
    view = replace(NOTHING, **LAYERS[layers])
    return frame_of(flow(), t, view=view, theme=theme, half_height=4.5, card=False)


def named(frame) -> dict[str, tuple[int, int, int]]:
    """Words and colour of each entry that has a colour."""
    exact = frame.view.shows == "exact"
    frame = replace(frame, bundle=frame.bundle.exact, exact=True) if exact else frame
    return {e.text: e.colour for e in entries(stage_of(frame, **SIZE)) if e.colour is not None}


def change(frame) -> np.ndarray:
    """The colours (n, 3) of all pixels that differ from the bare canvas."""
    bare = seen(frame, view=NOTHING)
    picture, empty = painted(frame, **SIZE), painted(bare, **SIZE)
    return picture[np.abs(picture - empty).sum(-1) > 40]


def occurs(colour, pixels, theme) -> bool:
    """True if pixels show the colour, or a good part of it over the canvas."""
    if not len(pixels):
        return False
    ground, goal = np.array(theme.canvas, float), np.array(colour, float)
    way = goal - ground
    share = ((pixels - ground) @ way) / (way @ way)
    off = np.linalg.norm(pixels - ground - share[:, None] * way, axis=1)
    # light of a dense cloud turns to white: towards it a colour may go further
    return bool(((share > 0.18) & (off < 0.3 * np.maximum(share, 0.3) * np.linalg.norm(way))).any())


@THEMES
@pytest.mark.parametrize("layers", LAYERS)
def test_every_named_colour_is_drawn(qapp, theme, layers):
    frame = shown(theme, layers)
    pixels = change(frame)
    for text, colour in named(frame).items():
        assert occurs(colour, pixels, theme), text


@THEMES
@pytest.mark.parametrize("layers", LAYERS)
def test_every_drawn_colour_with_a_meaning_is_named(qapp, theme, layers):
    frame = shown(theme, layers)
    pixels, said = change(frame), set(named(frame).values())
    for name in NAMES:
        colour = getattr(theme, name)
        pure = (np.abs(pixels - np.array(colour, float)).max(1) <= 2).sum() if len(pixels) else 0
        assert pure < 6 or colour in said, name


def test_the_exact_flow_has_no_green_dot_unless_something_is_green(qapp):
    assert DARK.exact not in named(shown(DARK, "exact")).values()
    assert DARK.exact in named(shown(DARK, "exact with arrows")).values()


@THEMES
def test_classes_have_the_numbers_of_the_chips_and_their_colours(qapp, theme):
    said = named(shown(theme, "classes"))
    expected = [("class 1", 0), ("2", 1), ("3", 2)]
    assert [(text, said[text]) for text, _ in expected] == [
        (text, CLASS_COLOURS[theme.name][k]) for text, k in expected
    ]


def test_chips_one_and_three_stay_one_and_three(qapp):
    frame = shown(DARK, "classes")
    two = replace(frame, bundle=replace(frame.bundle, labels=np.arange(300) % 2 * 2))
    said = named(two)
    assert {"class 1", "3"} <= set(said)
    assert said["3"] == CLASS_COLOURS["dark"][2]


def test_it_says_why_no_class_colours_are_seen(qapp):
    frame = shown(DARK, "classes")
    bare = replace(frame, bundle=replace(frame.bundle, labels=None))
    texts = [e.text for e in entries(stage_of(bare, **SIZE))]
    assert "particles start in the source, which has no classes: coloured by time" in texts
    none = replace(bare, document=replace(bare.document, target=Gaussian()))
    texts = [e.text for e in entries(stage_of(none, **SIZE))]
    assert "no classes: coloured by time" in texts


def test_the_colour_bar_of_densities_has_its_number_unit_and_origin(qapp):
    frame = frame_of(gaussian_bundle(4000), 0.0, view=replace(NOTHING, show_density=True))
    (bar,) = [e for e in entries(stage_of(frame, **SIZE)) if e.before == "density 0"]
    top, _, rest = bar.text.partition(" ")
    assert float(top) == pytest.approx(1 / (2 * np.pi), rel=0.15)
    assert rest == "per unit area, estimated from 4,000 samples"
    document = Document(source=Gaussian(), view=frame.view)
    known = replace(frame, document=document, densities=(density_map(Gaussian()), None))
    (bar,) = [e for e in entries(stage_of(known, **SIZE)) if e.before == "density 0"]
    top, _, rest = bar.text.partition(" ")
    assert float(top) == pytest.approx(1 / (2 * np.pi), rel=0.005)
    assert rest == "per unit area, exact"
    later = replace(known, t=0.5)
    (bar,) = [e for e in entries(stage_of(later, **SIZE)) if e.before == "density 0"]
    assert bar.text.endswith("estimated from 4,000 samples")


@pytest.mark.parametrize("width", [200, 320, 480, 700, 1200])
def test_nothing_of_it_runs_out_of_the_picture(qapp, width):
    view = View(show_density=True, field="arrows", colour="class", show_raw=True)
    frame = frame_of(flow(), view=view)
    stage = Stage(frame, width, 560, 1.0, False, Scratch())
    legend = Legend(None, stage)  # type: ignore[arg-type]
    rows = legend.rows(entries(stage))
    shown = [entry for row in rows for entry in row]
    for entry, whole in zip(shown, entries(stage), strict=True):
        assert whole.text.startswith(entry.text.rstrip("…"))
        assert entry == whole or legend._width(whole) > width - 2 * EDGE
    for row in rows:
        across = sum(legend._width(entry) + entry.gap for entry in row) - row[-1].gap
        assert EDGE + across <= width - EDGE
    assert height_of(None, stage) == 0.0  # type: ignore[arg-type]  # of a frame without one
    assert height_of(None, replace(stage, frame=replace(frame, legend=True))) == 20 * (
        len(rows) - 1
    )  # type: ignore[arg-type]


def test_p_t_of_the_exact_flow_is_exact_and_says_of_which_t(qapp):
    frame = frame_of(gaussian_bundle(4000), 0.503, view=replace(NOTHING, show_density=True))
    view = replace(frame.view, shows="exact")
    document = Document(source=Gaussian(), target=Gaussian(scale=0.5), view=view)
    query = interpolant_drawn(document)
    known = replace(frame, document=document, interpolant=interpolant_density(query))
    exact = replace(known, exact=True)
    (bar,) = [e for e in entries(stage_of(exact, **SIZE)) if e.before == "density 0"]
    top, _, rest = bar.text.partition(" ")
    variance = (1 - 0.505) ** 2 + (0.505 * 0.5) ** 2
    assert float(top) == pytest.approx(1 / (2 * np.pi * variance), rel=0.02)  # its cells: 5 px
    assert rest == "per unit area, exact at t = 0.505"
    learned = replace(known, document=replace(document, view=replace(view, shows="learned")))
    for other in (known, learned):  # the particles of a learned flow have no p_t
        (bar,) = [e for e in entries(stage_of(other, **SIZE)) if e.before == "density 0"]
        assert bar.text.endswith("estimated from 4,000 samples")


@THEMES
def test_classes_of_the_end_colour_particles_whose_start_has_none(qapp, theme):
    frame = shown(theme, "classes")
    ended = replace(frame.bundle, labels=None, arrivals=np.arange(300) % 2 * 2)
    seen = replace(frame, bundle=ended)
    texts = [entry.text for entry in entries(stage_of(seen, **SIZE))]
    assert any(text.endswith("colour of the nearest target point where it ends:") for text in texts)
    said, pixels = named(seen), change(seen)
    for text, k in (("class 1", 0), ("3", 2)):
        assert said[text] == CLASS_COLOURS[theme.name][k]
        assert occurs(said[text], pixels, theme)
    assert "2" not in said
