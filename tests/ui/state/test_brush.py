"""The pencil's settings stay within the limits of a stroke."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowlab.core.document.shapes import CLASSES, Stroke
from flowlab.ui.state.brush import Brush

PATH = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.5]])


@pytest.fixture
def brush(qapp: object) -> Brush:
    return Brush()


def test_a_stroke_has_the_settings(brush: Brush) -> None:
    brush.set_size(0.5)
    brush.set_strength(0.7)
    brush.set_label(3)
    brush.set_mirror("both")
    stroke = brush.stroke("line", PATH)
    assert (stroke.tool, stroke.size, stroke.strength) == ("line", 0.5, 0.7)
    assert (stroke.label, stroke.mirror, stroke.seed) == (3, "both", 0)
    np.testing.assert_array_equal(stroke.path.values, PATH)


def test_settings_are_brought_inside_their_limits(brush: Brush) -> None:
    for value in (1e9, -1e9):
        brush.set_size(value)
        brush.set_strength(value)
        brush.set_label(int(value))
        assert brush.stroke("brush", PATH)  # strokes refuse values outside the limits
    assert brush.label == 0
    brush.set_label(99)
    assert brush.label == CLASSES - 1


def test_what_is_not_known_changes_nothing(brush: Brush) -> None:
    heard: list[None] = []
    brush.changed.connect(lambda: heard.append(None))
    before = (brush.tool, brush.mirror)
    brush.set_tool("hammer")
    brush.set_mirror("diagonal")
    assert (brush.tool, brush.mirror) == before
    assert not heard
    brush.set_tool("eraser")
    brush.set_mirror("x")
    assert (brush.tool, brush.mirror) == ("eraser", "x")
    assert len(heard) == 2


def test_a_notch_of_the_wheel_is_a_tenth_and_back_again(brush: Brush) -> None:
    size = brush.size
    brush.wheel(120)
    assert brush.size == pytest.approx(1.1 * size)
    brush.wheel(-240)
    assert brush.size == pytest.approx(size / 1.1)


def test_every_spray_has_other_dots_and_only_sprays_have(brush: Brush) -> None:
    seeds = []
    for _ in range(50):
        brush.next_seed()
        seeds.append(brush.stroke("spray", PATH).seed)
        assert brush.stroke("brush", PATH).seed == 0
    assert len(set(seeds)) == 50
    spec = {field.name: field for field in dataclasses.fields(Stroke)}["seed"]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert spec.default == 0
