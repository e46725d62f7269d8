"""Numbers of a tangent field: the card, what lies under a point, and the key in words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QPainter

from flowlab.core.blending.settings import Blending
from flowlab.core.document.view import View
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending import tangent_key
from flowlab.scene.blending import tangent_lines as tangent_lines_module
from flowlab.scene.blending.tangent_figures import UNKNOWN, UNTRAINED, tangent_at, tangent_lines
from flowlab.scene.blending.tangent_lines import arrow_time
from flowlab.scene.export.export import ExportSpec, export
from flowlab.scene.furniture.card import paint_card
from flowlab.scene.furniture.legend import Legend
from tests.helpers.pictures import frame_of, ink, painted, seen
from tests.scene.tangent_fields import bundle_of, everywhere, swirl, tangents_of

pytestmark = pytest.mark.usefixtures("qapp")  # for its fonts


def frame(tangents, t=0.5, step=5, **chosen):
    view = View(name="tangent_field", show_ends=False)
    made = frame_of(bundle_of(tangents, step), t, view=view, legend=True)
    return seen(made, blending=Blending(**chosen))


def stage_of(*args, **chosen) -> Stage:
    return Stage(frame(*args, **chosen), 700, 560, 1.0, False, Scratch())


def words(*args, **chosen) -> str:
    return "\n".join(text for text, _ in tangent_lines(stage_of(*args, **chosen)))


def test_a_reading_is_that_of_the_cell_around_the_point() -> None:
    tangents = tangents_of(swirl)
    read = tangent_at(tangents, 0.25, 1.21, -0.6)
    assert (read.x, read.y) == pytest.approx((1.125, -0.625))
    expected = swirl(read.x, read.y)
    for vector in (read.estimate, read.exact, read.learned):
        assert (vector.x, vector.y) == pytest.approx(expected, rel=1e-5)
    assert read.exact.speed == pytest.approx(np.hypot(*expected), rel=1e-5)
    assert read.exact.degrees == pytest.approx(np.degrees(np.arctan2(*expected[::-1])), rel=1e-5)
    assert read.count == 80  # between 40 and 120
    assert read.stderr == pytest.approx(0.1)
    assert read.density == 1.0


def test_a_reading_of_a_blank_cell_says_so_and_off_the_grid_there_is_none() -> None:
    tangents = tangents_of(swirl, blank=lambda x, y: x > 0)
    read = tangent_at(replace(tangents, exact=None, density=None), 0.5, 1.0, 1.0)
    assert (read.count, read.estimate, read.stderr, read.exact) == (0, None, None, None)
    assert read.density is None
    for x, y in ((4.01, 0), (-4.01, 0), (0, 4.01), (0, -4.01)):
        assert tangent_at(tangents, 0.5, x, y) is None
    for x, y in ((3.99, -3.99), (-3.99, 3.99)):
        assert tangent_at(tangents, 0.5, x, y) is not None


def test_the_card_tells_errors_beside_what_is_expected_between_alphas() -> None:
    said = words(tangents_of(swirl), t=0.25, show_error=True)
    assert "α = 0.25" in said
    assert "grid average off by 3.0 %" in said
    assert "expect 3.0 %" in said
    assert "angle off by 2.0° (2.0° expected)" in said
    assert "learned field off by 40.0 %, angle 15.0°" in said
    assert "80 pairs in a cell (median)" in said
    assert said.endswith("Exact: a closed form of this test.")
    assert "untrained field off by" in words(tangents_of(swirl), step=0, show_error=True)


def test_without_an_exact_field_the_card_says_why_in_a_sentence() -> None:
    none = replace(tangents_of(swirl), exact=None, errors=None, angles=None, note="Too many edges.")
    assert words(none, show_error=True).splitlines()[1:] == ["Too many edges."]
    assert words(replace(none, note=""), show_error=True).splitlines()[1:] == [UNKNOWN]
    assert words(none, field="exact") == "Too many edges."
    assert words(replace(none, learned=None), field="learned") == UNTRAINED


def test_figures_that_are_not_known_are_left_out() -> None:
    lost = {"estimate": np.full(3, np.nan, np.float32)}
    said = words(replace(tangents_of(swirl), errors=lost, angles=None), show_error=True)
    assert "nan" not in said
    assert "off by" not in said
    nobody = replace(tangents_of(swirl), count=np.zeros((3, 32, 32), np.float32))
    assert "no pair fell into any cell" in words(nobody, show_error=True)
    assert "no map" in words(tangents_of(swirl), show_error=True, field="exact")


def test_the_card_is_only_there_when_it_is_asked_for() -> None:
    plain = frame(tangents_of(swirl))
    assert tangent_lines(stage_of(tangents_of(swirl))) == []
    assert tangent_lines(Stage(frame_of(None), 300, 240, 1.0, False, Scratch())) == []
    shown = seen(plain, blending=Blending(show_error=True, picture="arrows"))
    size = {"width": 700, "height": 560}
    assert ink(shown, plain, **size)[20:120, 20:250].mean() > 20


def said_by_key(monkeypatch, *args, **chosen) -> str:
    """All words of the line above the legend."""
    texts: list[str] = []
    write = Legend.text

    def heard(self, text: str, gap: float = 18.0) -> None:
        texts.append(text)
        write(self, text, gap)

    monkeypatch.setattr(Legend, "text", heard)
    from PySide6.QtGui import QImage

    image = QImage(700, 560, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        tangent_key.paint_tangent_key(painter, stage_of(*args, **chosen))
    finally:
        painter.end()
    return " ".join(texts)


def test_the_key_says_which_field_is_shown_and_what_it_means(monkeypatch) -> None:
    tangents = tangents_of(everywhere(1.83, 0.0))
    said = said_by_key(monkeypatch, tangents, picture="magnitude")
    assert "averaged on the grid" in said
    assert "|D| 0 2 plane units per unit of α" in said
    assert "exact colour: direction" in said_by_key(monkeypatch, tangents, field="exact")
    assert "streaks along it" in said_by_key(monkeypatch, tangents, picture="lic")
    assert "learned" in said_by_key(monkeypatch, tangents, field="learned")
    assert "untrained network" in said_by_key(monkeypatch, tangents, field="learned", step=0)
    said = said_by_key(monkeypatch, tangents, picture="streamlines", show_error=True)
    assert "|D − D exact| 0 10 % of the rms speed" in said  # its error on the way is 4 %
    assert "lines along D" in said
    said = said_by_key(monkeypatch, tangents, field="learned", show_error=True)
    assert "|D − D exact| 0 50 % of the rms speed" in said


def test_the_key_of_three_fields_side_by_side_speaks_for_all(monkeypatch) -> None:
    tangents = tangents_of(everywhere(1.83, 0.0))
    said = said_by_key(monkeypatch, tangents, field="beside")
    assert said.startswith("D(x, α) colour: direction of D")
    said = said_by_key(monkeypatch, tangents, field="beside", show_error=True)
    assert "10 % (averaged), 50 % (learned) of the rms speed" in said
    assert "colour: direction of D" in said  # of the exact one
    alone = replace(tangents, exact=None)
    assert "error" not in said_by_key(monkeypatch, alone, field="beside", show_error=True)


@pytest.mark.parametrize("size", [(1200, 500), (700, 560)])
def test_side_by_side_the_key_has_the_scale_of_the_pictures(monkeypatch, size) -> None:
    """The key's arrow and all three pictures have the same step of alpha."""
    told = []

    def heard(stage, tangents):
        told.append((arrow_time(stage, tangents), stage.frame.camera.scale(stage.height)))
        return told[-1][0]

    for module in (tangent_key, tangent_lines_module):
        monkeypatch.setattr(module, "arrow_time", heard)
    made = frame(tangents_of(swirl), field="beside", picture="arrows")
    painted(made, width=size[0], height=size[1])
    assert len(told) == 4
    steps, scales = np.array(told).T
    assert np.ptp(steps) == 0
    assert np.ptp(scales) < 0.01 * scales.max()  # widths are whole pixels


def test_the_arrow_of_the_key_has_the_scale_of_the_arrows(monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(tangent_key, "draw_arrows", lambda *args, **_: drawn.append(args[2:4]))
    tangents = tangents_of(everywhere(1.83, 0.0))
    said = said_by_key(monkeypatch, tangents, picture="arrows")
    speed, step = map(float, re.search(r"\|D\| = (\S+): the way in Δα = (\S+)$", said).groups())
    tail, tip = drawn[0]
    length = float(np.hypot(*(tip - tail)[0]))
    pixels = stage_of(tangents).frame.camera.scale(560)
    assert length == pytest.approx(speed * step * pixels, rel=1e-3)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", [(1280, 800), (640, 480), (320, 240)])
def test_the_wheel_keeps_clear_of_legend_caption_and_edges(theme, size) -> None:
    made = replace(frame(tangents_of(swirl)), theme=theme, caption="2,000 × 2,000 pairs")
    width, height = size
    shown = painted(made, width=width, height=height)
    monochrome = seen(made, blending=Blending(picture="streamlines"))
    plain = painted(replace(monochrome, legend=False), width=width, height=height)
    changed = np.abs(shown - plain).sum(-1)[:, int(0.75 * width) :] > 40
    corner = changed[int(0.6 * height) :]
    rows = np.flatnonzero(corner.any(axis=1)) + int(0.6 * height)
    assert rows.max() < height
    foot = 30 if width > 320 else 50  # there the caption stands above the legend
    assert not changed[height - foot : height - foot + 4].any()  # between wheel and caption


def test_a_small_picture_has_no_wheel() -> None:
    made = frame(tangents_of(everywhere(1.0, 0.0)), field="exact")
    amount = ink(made, replace(made, legend=False), width=200, height=160)
    assert amount[98:].sum() > 1000  # the legend and its key, on two rows each
    assert amount[:98].sum() == 0


def test_without_a_legend_there_is_neither_key_nor_wheel() -> None:
    tangents = replace(tangents_of(swirl, blank=lambda x, y: x == x))
    shown = frame(tangents)
    silent = replace(shown, legend=False)
    size = {"width": 700, "height": 560}
    assert ink(shown, silent, **size)[520:].sum() > 1000
    empty = replace(silent, bundle=replace(silent.bundle, extra=None))
    assert ink(silent, empty, **size).sum() == 0


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
@pytest.mark.parametrize("picture", ["angle", "lic", "arrows"])
def test_stills_hold_the_picture(tmp_path, suffix, picture) -> None:
    path = tmp_path / f"still.{suffix}"
    made = frame(tangents_of(swirl), picture=picture, show_error=picture == "arrows")
    export(lambda t: replace(made, t=t), ExportSpec(path=path, width=400, height=320, t=0.5))
    content = path.read_bytes()
    assert len(content) > 4000
    if suffix == "svg" and picture != "arrows":
        assert b"<image" in content


def test_nothing_is_drawn_of_a_card_without_a_bundle() -> None:
    from PySide6.QtGui import QImage

    image = QImage(300, 240, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_card(painter, Stage(frame_of(None), 300, 240, 1.0, False, Scratch()))
    painter.end()
    assert image.pixel(20, 20) == 0xFF000000
