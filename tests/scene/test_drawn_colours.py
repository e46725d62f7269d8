"""One numbering and one colour of a class, from the pencil's chip to the legend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.distributions.ink_classes import class_at, inked_classes
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import CLASSES, Drawing, Gaussian, Points, Stroke
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import start_of
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import DARK, LIGHT, Colour, Theme
from flowlab.scene.base.thumbnail import thumbnail
from flowlab.scene.furniture.legend import entries
from flowlab.scene.layers.clouds import paint_ends
from flowlab.scene.particles.particle_colours import tint_of
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.tools.pencil_bar import Swatch
from flowlab.ui.tools.sheet import DrawingSheet
from tests.helpers.pictures import frame_of, stage_of, straight

SIDE = 320  # px of the pictures
SINGLE = [(label,) for label in range(CLASSES)]
PAIRS = list(combinations(range(CLASSES), 2))
CHIPS = pytest.mark.parametrize("chips", [*SINGLE, *PAIRS[::3], tuple(range(CLASSES))], ids=str)
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def middle_of(chips: tuple[int, ...], k: int) -> float:
    """Where the bar of the k-th chip stands: as far apart as there is room."""
    return 4 * (k + 0.5) / len(chips) * 2 - 4


def drawn(chips: tuple[int, ...]) -> Drawing:
    """A sheet with an upright bar for each chip."""
    bars = [Array([[middle_of(chips, k), y, 1.0] for y in (-3.0, 3.0)]) for k in range(len(chips))]
    strokes = [Stroke(path=bar, size=0.5, label=c) for bar, c in zip(bars, chips, strict=True)]
    return Drawing(strokes=tuple(strokes))


def cloud_of(chips: tuple[int, ...]) -> Points:
    """Imported points in the same upright bars, each of a class that the file has a word for."""
    rng = np.random.default_rng(0)
    labels = np.repeat(chips, 300)
    x = np.repeat([middle_of(chips, k) for k in range(len(chips))], 300)
    xy = np.column_stack([x + rng.uniform(-0.2, 0.2, len(x)), rng.uniform(-3, 3, len(x))])
    return Points(
        points=Array(xy), labels=Array(labels, np.int64), noise=0.0, classes=WORDS[: max(chips) + 1]
    )


Made = Callable[[tuple[int, ...]], Drawing | Points]
MADE = pytest.mark.parametrize("made", [drawn, cloud_of])
WORDS = ("ash", "birch", "cedar", "date palm", "elm", "fir", "ginkgo", "hazel")


def samples(shape: Drawing | Points) -> Floats:
    return build(shape).sample(4000, torch_rng(0, Stream.THUMBNAILS)).numpy()


def stage(shape: Drawing | Points, theme: Theme, role: str = "source") -> Stage:
    """A picture whose particles start in the drawing, in the colours of their classes."""
    document = replace(
        Document(view=View(colour="class", particles=900, show_paths=False)), **{role: shape}
    )
    direction = "forward" if role == "source" else "reverse"
    document = replace(document, solver=replace(document.solver, direction=direction))
    x, labels = start_of(document, PlanOptions())
    ends = {"source": samples(shape), "target": samples(shape)}
    bundle = straight(x, x, labels=labels, direction=direction, **ends)
    frame = replace(frame_of(bundle, half_height=4.4), document=document, theme=theme)
    return stage_of(replace(frame, legend=True), SIDE, SIDE)


def seen(image: QImage, chips: tuple[int, ...], ground: Colour, extent: float) -> list[Floats]:
    """What each bar adds to the ground, summed over its part of a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    added = rows[..., 2::-1].astype(float) - ground
    xs = ((np.arange(image.width()) + 0.5) / image.width() * 2 - 1) * extent
    places = [np.abs(xs - middle_of(chips, k)) < 0.3 for k in range(len(chips))]
    return [added[:, place].sum((0, 1)) for place in places]


def nearest(added: Floats, ground: Colour, theme: Theme) -> Colour:
    """Which colour of all classes, of source and of target it is that was added."""
    known = [class_colour(theme, label) for label in range(CLASSES)]
    known += [theme.source, theme.target]
    base = np.zeros(3) if theme.dark else np.array(ground, float)  # light adds up, ink covers
    directions = [np.array(colour, float) - base for colour in known]
    cosines = [added @ d / (np.linalg.norm(added) * np.linalg.norm(d)) for d in directions]
    return known[int(np.argmax(cosines))]


@MADE
@CHIPS
@THEMES
def test_chip_ink_thumbnail_cloud_particles_and_legend_agree(
    chips: tuple[int, ...], theme: Theme, qapp: QApplication, made: Made
) -> None:
    shape = made(chips)
    wanted = [class_colour(theme, label) for label in chips]
    if isinstance(shape, Drawing):
        sheet = DrawingSheet()
        sheet.set_drawing(shape)
        sheet.image(theme)
        assert [sheet.colours()[label] for label in chips] == wanted

    points = samples(shape)
    small = thumbnail(points, SIDE, theme.target, theme, shape=shape)
    reach = np.abs(points).max() * 1.18
    got = [nearest(a, theme.raised, theme) for a in seen(small, chips, theme.raised, reach)]
    if len(chips) > 1:  # else the bar fills the card's height and lies in its middle
        assert got == wanted
    else:
        whole = seen(small, chips, theme.raised, 1e-9)
        assert nearest(whole[0], theme.raised, theme) == wanted[0]

    shown = stage(shape, theme)
    cloud = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    cloud.fill(QColor(*theme.canvas))
    painter = QPainter(cloud)
    paint_ends(painter, replace(shown, frame=without_target(shown)))
    painter.end()
    got = [nearest(a, theme.canvas, theme) for a in seen(cloud, chips, theme.canvas, 4.4)]
    assert got == wanted

    tint, bundle = tint_of(shown), shown.frame.bundle
    assert tint is not None
    assert bundle is not None
    for k, colour in enumerate(wanted):
        near = np.abs(bundle.points[0][:, 0] - middle_of(chips, k)) < 0.2
        assert {tint.colour(int(i)) for i in np.flatnonzero(near)} == {colour}


def without_target(shown: Stage):
    return replace(shown.frame, bundle=replace(shown.frame.bundle, target=np.zeros((0, 2), "f4")))


@CHIPS
@pytest.mark.parametrize("role", ["source", "target"])
def test_the_legend_has_the_chips_numbers(chips: tuple[int, ...], role: str) -> None:
    apply_theme(QApplication.instance(), DARK)
    numbers = {Swatch(label).name: class_colour(DARK, label) for label in chips}
    listed = entries(stage(drawn(chips), DARK, role))
    words = [(entry.text.split("class ")[-1], entry.colour) for entry in listed]
    other = [DARK.target if role == "source" else DARK.source]
    coloured = [(text, colour) for text, colour in words if colour and colour not in other]
    assert coloured == 2 * list(numbers.items())  # of the end, and of the particles
    assert not any("no classes" in entry.text for entry in listed)
    name = "p₀ source" if role == "source" else "p₁ target"
    assert any(entry.text == f"{name}, class {chips[0] + 1}" for entry in listed)


@CHIPS
@pytest.mark.parametrize("role", ["source", "target"])
def test_the_legend_has_the_words_of_a_file(chips: tuple[int, ...], role: str) -> None:
    listed = entries(stage(cloud_of(chips), DARK, role))
    words = [(entry.text.split("class ")[-1], entry.colour) for entry in listed]
    known = [(WORDS[label], class_colour(DARK, label)) for label in chips]
    assert [pair for pair in words if pair[0] in WORDS] == 2 * known
    assert any(entry.text.endswith(f", class {WORDS[chips[0]]}") for entry in listed)


def test_a_class_that_the_file_has_no_word_for_keeps_its_number() -> None:
    shape = replace(cloud_of((0, 1)), classes=("", "a word that is much too long for a legend"))
    texts = [entry.text for entry in entries(stage(shape, DARK))]
    assert "p₀ source, class 1" in texts
    assert "a word that is much too…" in texts


@pytest.mark.parametrize("n", [2, 40, 20_000])
def test_the_class_of_a_cloud_is_that_of_the_nearest_points(n: int) -> None:
    rng = np.random.default_rng(1)
    middles = np.array([[0.0, 0.0], [30.0, 5.0]])
    labels = np.arange(n) % 2
    xy = middles[labels] + rng.normal(size=(n, 2))
    xy[0] = 300.0, -300.0  # far out
    shape = Points(points=Array(xy), labels=Array(2 * labels + 1, np.int64), rotation=30.0,
                   scale=0.5, offset_x=3.0)  # fmt: skip
    assert inked_classes(shape) == (1, 3)
    turn = np.radians(30.0)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    placed = 0.5 * xy[1:] @ turned + (3.0, 0.0)
    found = class_at(shape, placed.reshape(-1, 1, 2))[:, 0]
    assert np.array_equal(found, 2 * labels[1:] + 1)


def test_points_without_classes_have_the_colour_of_their_role() -> None:
    shape = Points(points=Array([[0.0, 0.0], [1.0, 2.0]]))
    assert inked_classes(shape) == ()
    listed = [(entry.text, entry.colour) for entry in entries(stage(shape, DARK))]
    assert ("p₀ source", DARK.source) in listed


def test_the_ends_of_lines_keep_their_role_s_colour_and_are_listed() -> None:
    shown = stage(drawn((2,)), DARK)
    frame = shown.frame.with_view(show_paths=True)
    listed = [(entry.text, entry.colour) for entry in entries(replace(shown, frame=frame))]
    assert ("p₀ source, class 3", class_colour(DARK, 2)) in listed
    assert ("x₀", DARK.source) in listed
    assert ("x₀", DARK.source) not in [(e.text, e.colour) for e in entries(shown)]


def test_what_starts_elsewhere_says_so_and_a_gaussian_keeps_its_role_s_colour() -> None:
    shown = stage(drawn((2,)), DARK, "target")
    document = replace(shown.frame.document, solver=Document().solver, source=Gaussian())
    bundle = replace(shown.frame.bundle, labels=None, direction="forward")
    frame = replace(shown.frame, document=document, bundle=bundle)
    listed = entries(replace(shown, frame=frame))
    assert any("start in the source, which has no classes" in entry.text for entry in listed)
    assert ("p₀ source", DARK.source) in [(entry.text, entry.colour) for entry in listed]


def test_the_class_of_moved_ink_moves_with_it() -> None:
    shape = replace(drawn((3, 5)), scale=2.0, rotation=90.0, offset_x=1.0, offset_y=-2.0)
    assert inked_classes(shape) == (3, 5)
    points = samples(shape)
    _, labels = build(shape).sample_labelled(4000, torch_rng(0, Stream.THUMBNAILS))
    assert labels is not None
    np.testing.assert_array_equal(class_at(shape, points), labels.numpy())
    far = np.array([[1.0, -2.0 - 50.0], [1.0, -2.0 + 50.0]])  # off the sheet: the nearest ink's
    np.testing.assert_array_equal(class_at(shape, far), [3, 5])


def test_erased_ink_has_no_class() -> None:
    shape = drawn((1, 4))
    rubber = Stroke(tool="eraser", path=Array([[-2.0, -4.0, 1.0], [-2.0, 4.0, 1.0]]), size=3.0)
    assert inked_classes(replace(shape, strokes=(*shape.strokes, rubber))) == (4,)
    assert inked_classes(Drawing()) == ()
