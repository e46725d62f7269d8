"""Lanes side by side: each with what it really spent, and the particles under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.race.carrying import empty
from flowlab.core.stochastic.race.results import ADAPTIVE, LANES, Lane, Order, Race, race_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.stochastic.race import INKS, PICTURES, _fresh_text, _lane_text

WIDE, HIGH = 800, 600
H = np.array([0.1, 0.05, 0.025])


def lane(method: str, evaluations: int = 40, **more: object) -> Lane:
    start = np.random.default_rng(0).normal(0, 0.1, (50, 2)).astype(np.float32)
    points = np.stack([start, start + np.float32(1 + list(LANES).index(method) / 10)])
    bundle = Bundle(times=np.array([0, 1], np.float32), points=points, method=method)
    given = {"distance": Estimate(0.31, 0.02), "steps": evaluations} | more
    return Lane(method=method, bundle=bundle, evaluations=evaluations, **given)  # type: ignore[arg-type]


def order(method: str, power: float) -> Order:
    values = dict.fromkeys(("rms", "mean", "weak"), H**power)
    slopes = {"rms": Estimate(power, 0.05), "mean": Estimate(power, 0.05), "weak": None}
    return Order(method=method, h=H, values=values,
                 errors={name: 0.1 * v for name, v in values.items()}, slopes=slopes)  # fmt: skip


def raced(evaluations: int = 40, **more: object) -> Bundle:
    lanes = tuple(lane(method, evaluations) for method in LANES)
    cloud = np.random.default_rng(1).uniform(-2, 2, (200, 2)).astype(np.float32)
    fresh = replace(empty(), points=np.stack([cloud[:60], cloud[:60]]), source=cloud, target=cloud)
    orders = (order("euler", 1.0), order("rk4", 4.0), order("euler_maruyama", 1.0))
    race = Race(lanes=lanes, fresh=fresh, fresh_moves=True, floor=Estimate(0.2, 0.02), spread=0.03,
                orders=orders)  # fmt: skip
    first = replace(lanes[0].bundle, source=cloud, target=cloud)
    return replace(first, extra=replace(race, **more))  # type: ignore[arg-type]


def frame() -> Frame:
    document = Document(view=View(name="race"), stochastic=Stochastic())
    return Frame(bundle=raced(), t=1.0, document=document, theme=DARK,
                 camera=Camera(0.0, 0.0, 2.5), card=False)  # fmt: skip


def test_a_lane_says_what_it_spent_or_why_it_is_empty() -> None:
    assert _lane_text(lane("rk4")) == ("RK4", ["40 evaluations", "W₂ at t = 1: 0.31 ± 0.02"])
    assert _lane_text(lane("euler_maruyama"))[1][0] == "SDE, 40 evaluations"
    timed = lane("euler", 31, cost=0.5, distance=None)
    assert _lane_text(timed)[1] == ["31 evaluations, about 15.5 ms", "particles lost"]
    none = replace(lane("heun"), bundle=empty())
    assert _lane_text(none)[1] == ["not one step fits into the budget"]
    assert "no tolerance" in _lane_text(replace(lane(ADAPTIVE), bundle=empty()))[1][0]


def test_fresh_samples_are_of_p_t_only_where_pairs_are_independent() -> None:
    race = race_of(raced())
    assert race is not None
    assert _fresh_text(race)[0] == "Samples of pₜ"
    assert _fresh_text(replace(race, fresh_moves=False))[0] == "Samples of the end"


def test_every_lane_has_a_tile_and_fresh_samples_have_no_particle_to_explain(qapp: object) -> None:
    shown, found = frame(), list[str]()
    for row in range(2):
        for column in range(4):
            at = WIDE * (column + 0.5) / 4, HIGH * (row + 0.5) / 2
            one = PICTURES.frame_at(shown, WIDE, HIGH, *at)
            assert PICTURES.tile_at(shown, WIDE, HIGH, *at)[1].holds(*at)
            found += [one[0].bundle.method if one and one[0].bundle else "fresh"]
    assert found == [*LANES, "fresh"]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_solvers_of_one_kind_differ_in_colour(theme: object) -> None:
    inks = [getattr(theme, INKS[method]) for method in list(LANES)[:5]]
    assert len(set(inks)) == 5


def test_a_bundle_of_another_view_is_one_picture() -> None:
    plain = replace(frame(), bundle=replace(raced(), extra=None))
    assert drawing_of("race").tiles(plain) is None
    assert drawing_of("race").tiles(frame()) is not None
