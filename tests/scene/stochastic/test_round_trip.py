"""Round trips and strips of the interpolant, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.strip_results import Strip
from flowlab.core.stochastic.trip_results import RoundTrips, Trip
from flowlab.core.views.bundle import Bundle
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.stochastic import round_trip, strip

WIDE, HIGH = 900, 400
RNG = np.random.default_rng(0)
CLOUD = RNG.uniform(-2, 2, (200, 2)).astype(np.float32)


def way(far: float) -> Bundle:
    """30 points from the middle to 1.5 at the right, and back to `far` above that."""
    source = RNG.normal(0, 0.05, (30, 2)).astype(np.float32)
    there, back = (source + np.array([1.5, y], np.float32) for y in (0.0, far))
    made = Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.stack([source, back]),
        source=CLOUD,
        target=CLOUD,
        method="euler",
    )
    trip = Trip(kind="sde" if far else "ode", there=replace(made, points=np.stack([source, there])))
    return replace(made, extra=trip)


def trips(t: float = 1.0, theme: Theme = DARK, **shown: object) -> Frame:
    ways = way(0.0), way(1.5)
    bundle = replace(ways[0], extra=RoundTrips(ways=ways, fresh=Estimate(2.0, 0.1)))
    view = View(name="round_trip", show_trails=False, show_ends=False, **shown)  # type: ignore[arg-type]
    return framed(bundle, view, t, theme)


def test_a_way_that_is_refused_has_an_empty_picture_with_the_reason() -> None:
    shown = trips()
    assert shown.bundle is not None
    alone = RoundTrips(ways=(way(0.0),), fresh=Estimate(2.0, 0.1), refused="No score is known.")
    one, other = round_trip._pictures(replace(shown, bundle=replace(shown.bundle, extra=alone)))
    assert (one.title, other.title) == ("Probability-flow ODE", "SDE")
    assert other.lines == ["No score is known."]
    assert other.frame.bundle is not None
    assert other.frame.bundle.count == 0


def times(t: float = 1.0, theme: Theme = DARK) -> Frame:
    when = np.array([0.0, 0.5, 1.0])
    points = np.stack([CLOUD + np.array([k, 0.0], np.float32) for k in (-1.0, 0.0, 1.0)])
    bundle = Bundle(
        times=when.astype(np.float32),
        points=points,
        source=CLOUD,
        target=CLOUD,
        method="interpolant",
        extra=Strip(times=when),
    )
    return framed(bundle, View(name="strip"), t, theme)


def framed(bundle: Bundle, view: View, t: float, theme: Theme) -> Frame:
    document = Document(view=view)
    return Frame(
        bundle=bundle, t=t, document=document, theme=theme, camera=Camera(0.0, 0.0, 2.5), card=False
    )


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, WIDE, HIGH, shown)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_lines_join_both_ways_only_where_they_differ(theme: Theme) -> None:
    """The lines of the SDE run up between 0 and 1.5 at the right; the ODE has none there."""
    drawn = painted(trips(theme=theme, highlighted=0))
    plain = painted(trips(theme=theme, show_paths=False))
    changed = (np.abs(drawn - plain).sum(2) > 60).astype(int)
    ode, sde = changed[:, : WIDE // 2], changed[:, WIDE // 2 :]
    camera, box = round_trip.PICTURES.tile_at(trips(), WIDE, HIGH, 10, 10)
    x, y = camera.to_screen(np.array([1.5, 0.75]), box.width, box.height)
    near = np.s_[round(y) - 6 : round(y) + 6, round(x) - 25 : round(x) + 25]
    assert sde[near].sum() > 20
    assert ode[near].sum() == 0


def test_at_the_source_nothing_is_apart() -> None:
    shown, both = trips(), trips().bundle
    assert both is not None
    assert isinstance(both.extra, RoundTrips)
    for each in both.extra.ways:
        assert isinstance(each.extra, Trip)
        assert each.extra.error(each, 0.0) == 0.0
    assert round_trip.returned(both.extra.ways[1]) == pytest.approx(1.5)
    assert round_trip.PICTURES.is_tiled(shown)


def test_highlighted_ways_there_are_drawn_too() -> None:
    many, none = (painted(trips(highlighted=k)) for k in (10, 0))
    assert (np.abs(many - none).sum(2) > 30).sum() > 200


def test_each_pane_has_the_frame_under_the_pointer() -> None:
    left, right = (round_trip.PICTURES.frame_at(trips(), WIDE, HIGH, x, 200)[0] for x in (10, 890))
    for shown, kind in ((left, "ode"), (right, "sde")):
        assert shown.bundle is not None
        assert isinstance(shown.bundle.extra, Trip)
        assert shown.bundle.extra.kind == kind
    assert drawing_of("round_trip").tiles(trips()) is round_trip.PICTURES


def test_each_picture_of_a_strip_is_at_its_own_time() -> None:
    found = [strip.PICTURES.frame_at(times(0.3), WIDE, HIGH, x, 200)[0].t for x in (10, 450, 890)]
    assert found == [0.0, 0.5, 1.0]
    camera, box = strip.PICTURES.tile_at(times(), WIDE, HIGH, 890, 200)
    assert box.x == pytest.approx(600)
    assert camera.centre_x == 0.0


def test_the_picture_nearest_to_the_play_head_is_framed() -> None:
    for t, left in ((0.1, 0), (0.6, 300), (1.0, 600)):
        edge = painted(times(t))[200, [1, 301, 601]]
        like = [np.abs(colour - np.array(DARK.learned)).sum() < 60 for colour in edge]
        assert like == [left == x for x in (0, 300, 600)]
