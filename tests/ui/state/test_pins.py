"""Pinned particles: of each view, and there again when one comes back."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.ui.state.pins import MOST, Pins

FLOW = Document()
CHAIN = replace(FLOW, view=replace(FLOW.view, name="chain"))
MORE = replace(FLOW, view=replace(FLOW.view, particles=6000))


def test_each_view_has_its_own_and_the_same_particles_come_back() -> None:
    pins = Pins()
    pins.set(FLOW, (3, 17))
    pins.set(CHAIN, (5,))
    assert pins.of(FLOW) == (3, 17)
    assert pins.of(CHAIN) == (5,)
    assert pins.of(MORE) == ()  # index 3 is another particle there
    assert pins.of(FLOW) == (3, 17)
    assert pins.by_view(FLOW) == {"chain": [5], "trajectories": [3, 17]}
    assert pins.by_view(MORE) == {}
    pins.clear()
    assert pins.by_view(FLOW) == {}


def test_the_newest_stay() -> None:
    pins = Pins()
    pins.set(FLOW, range(MOST + 5))
    assert pins.of(FLOW) == tuple(range(5, MOST + 5))


def test_what_a_session_stores_is_taken_as_far_as_there_are_such_particles() -> None:
    pins = Pins()
    pins.set(FLOW, (1,))
    pins.restore(FLOW, {"trajectories": [2, 5000, 7], "of a newer version": [1]})
    assert pins.of(FLOW) == (2, 7)
    assert pins.by_view(FLOW) == {"of a newer version": [1], "trajectories": [2, 7]}
