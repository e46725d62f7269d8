"""A caption says how the pairs of a chain were drawn, whichever way that was."""

from __future__ import annotations

import pytest

from flowlab.core.blend_settings import DEBLENDERS
from flowlab.ui.blending.captions import DRAWN


def test_every_way_of_deblending_has_words_of_its_own() -> None:
    assert DRAWN.keys() == DEBLENDERS.keys()
    assert len(set(DRAWN.values())) == len(DRAWN)


@pytest.mark.parametrize("how", ["rejection", "cheaper"])
def test_what_is_drawn_by_rejection_says_so(how: str) -> None:
    assert "rejection" in DRAWN[how]
