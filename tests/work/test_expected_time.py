"""How long a picture will take is told by those made before it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.work.expected_time import ExpectedTime

DEFAULT = Document()


@pytest.mark.parametrize(
    ("changed", "factor"),
    [
        ({"view": View(particles=2 * DEFAULT.view.particles)}, 2.0),
        ({"solver": Solver(method="rk4", steps=3 * DEFAULT.solver.steps)}, 3.0),
        ({"solver": Solver(method="euler", steps=4 * DEFAULT.solver.steps)}, 1.0),
    ],
    ids=["particles", "steps", "stages"],
)
def test_it_grows_with_the_work(changed: dict[str, object], factor: float) -> None:
    expected = ExpectedTime()
    expected.learn(DEFAULT, 0.5)
    assert expected.of(replace(DEFAULT, **changed)) == pytest.approx(0.5 * factor)  # type: ignore[arg-type]


def test_a_wider_network_takes_longer() -> None:
    expected = ExpectedTime()
    expected.learn(DEFAULT, 0.1)
    assert expected.of(replace(DEFAULT, network=Network(width=290))) > 1.0


def test_bounds_change_it_only_where_they_are_narrower() -> None:
    expected = ExpectedTime()
    expected.learn(DEFAULT, 1.0)
    expected.at_least(DEFAULT, 0.5)
    expected.at_most(DEFAULT, 2.0)
    assert expected.of(DEFAULT) == 1.0
    expected.at_least(DEFAULT, 3.0)
    assert expected.of(DEFAULT) == 3.0
    expected.at_most(DEFAULT, 0.2)
    assert expected.of(DEFAULT) == 0.2


def test_a_view_may_say_how_many_evaluations_it_takes() -> None:
    expected, beside = ExpectedTime(), replace(DEFAULT, view=View(name="processes"))
    expected.learn(DEFAULT, 0.32)  # 8 steps of RK4: 32 evaluations
    assert expected.of(beside) == pytest.approx(0.32 + 2 * 0.8)  # and twice 80 of Euler-Maruyama
