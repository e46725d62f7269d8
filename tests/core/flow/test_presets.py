"""The Flow room's presets: shapes of the gallery that can be drawn, and no two alike."""

from __future__ import annotations

import pytest

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.exact.factory import oracle_for
from flowlab.core.flow.presets import presets
from tests.helpers.randomness import rng

MADE = presets()


@pytest.mark.parametrize("name", MADE)
def test_every_preset_is_two_shapes_that_have_an_exact_field(name: str) -> None:
    document = MADE[name].make()
    assert document == Document(source=document.source, target=document.target)  # nothing else
    assert MADE[name].t is None
    for end in (document.source, document.target):
        assert bool(build(end).sample(20, rng()).isfinite().all())
    assert oracle_for(document) is not None
    assert MADE[name].make() == document


def test_a_preset_is_called_after_its_target() -> None:
    ends = {"triangle_to_rhombus": "rhombus", "triangle_to_square": "square"}
    ends |= {"s_curve_to_moons": "moons", "flow": "text"}
    for name, preset in MADE.items():
        assert preset.make().target == named(ends.get(name, name))
    assert len({preset.make() for preset in MADE.values()}) == len(MADE)
