"""Ways to stay between walls: the leak, the atom, and the law that they approach."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.reflected.results import ways_of
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.ways import atom_of, expected_beyond, ways
from flowlab.core.views.request import PlanOptions

NOBODY = cast(Any, None)


def document(n: int, **settings: Any) -> Document:
    view = View(name="ways_to_stay", particles=n)
    known = {"width": 5.0, "start": "uniform", "process": "brownian"} | settings
    return Document(view=view, reflected=Reflected(**known))


@pytest.mark.parametrize(
    ("h", "atom"), [(0.2, 0.1147), (0.1, 0.0633), (0.05, 0.0334), (0.02, 0.0138)]
)
def test_the_atom_of_projection_is_the_known_one(h: float, atom: float) -> None:
    assert atom_of(h) == pytest.approx(atom, rel=0.01)


@pytest.mark.parametrize("h", [0.1, 0.2])
def test_projection_leaves_it_and_thresholding_leaks_it(h: float) -> None:
    steps = 60
    given = document(8000, steps=steps, sigma_max=h * math.sqrt(steps), walls="rectangle",
                     width=5.0, height=5.0)  # fmt: skip
    known = ways_of(ways(given, NOBODY, PlanOptions()))
    assert known is not None
    threshold, project, reflect = known.ways
    expected = 1 - (1 - 2 * atom_of(h)) ** 2
    late = slice(0, steps // 2)  # long after the start, at t = 1
    assert project.on_walls[late].mean() == pytest.approx(expected, rel=0.03)
    assert threshold.leaked[late].mean() == pytest.approx(expected, rel=0.03)
    assert project.expected == pytest.approx(expected)
    assert not project.leaked.any()
    assert not threshold.on_walls.any()
    assert not reflect.leaked.any()
    assert not reflect.on_walls.any()
    assert expected_beyond("reflect", given.reflected) == 0.0


def test_projection_approaches_the_reflected_law_as_the_root_of_the_step() -> None:
    def atom(steps: int) -> float:
        known = ways_of(ways(document(6000, steps=steps, sigma_max=1.0), NOBODY, PlanOptions()))
        assert known is not None
        return float(known.ways[1].on_walls[: steps // 2].mean())

    slope = math.log(atom(64) / atom(400)) / math.log(400 / 64)
    assert slope == pytest.approx(0.5, abs=0.08)


def test_all_ways_have_the_same_starts_and_noise() -> None:
    bundle = ways(document(50, steps=5, sigma_max=0.06), NOBODY, PlanOptions())
    known = ways_of(bundle)
    assert known is not None
    threshold, project, reflect = known.bundles
    assert np.array_equal(threshold.points[-1], reflect.points[-1])
    inside = np.abs(np.asarray(reflect.points)).max((0, 2)) < 2.0  # who never met a wall
    assert inside.sum() > 5
    assert np.allclose(threshold.points[:, inside], reflect.points[:, inside], atol=1e-6)
    assert np.allclose(project.points[:, inside], reflect.points[:, inside], atol=1e-6)


def test_what_is_expected_is_unknown_elsewhere() -> None:
    for settings in ({"walls": "disc"}, {"process": "ve"}):
        assert expected_beyond("project", document(1, **settings).reflected) is None


def test_shares_are_those_of_the_step_at_t() -> None:
    known = ways_of(ways(document(500, steps=10), NOBODY, PlanOptions()))
    assert known is not None
    way = known.ways[1]
    assert way.at(known.bundles[0].times, 1.0, "on_walls") == 0.0
    assert way.at(known.bundles[0].times, 0.0, "on_walls") == way.on_walls[0]
    assert way.at(known.bundles[0].times, 0.3, "on_walls") == way.on_walls[3]
    packed = known.compact().bundles[0]
    assert np.abs(packed.at(0.0) - known.bundles[0].at(0.0)).max() < 0.01
