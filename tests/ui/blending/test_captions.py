"""A caption says how the pairs of a chain were drawn."""

from __future__ import annotations

import pytest

from flowlab.core.blending.settings import DEBLENDERS
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.ui.blending.captions import DRAWN, tangent_caption
from tests.ui.blending.made import tangent_bundle


def test_every_way_of_deblending_has_words_of_its_own() -> None:
    assert DRAWN.keys() == DEBLENDERS.keys()
    assert len(set(DRAWN.values())) == len(DRAWN)


@pytest.mark.parametrize("how", ["rejection", "cheaper"])
def test_what_is_drawn_by_rejection_says_so(how: str) -> None:
    assert "rejection" in DRAWN[how]


def test_an_average_over_a_coupling_is_not_one_over_all_pairs() -> None:
    document, bundle = Document(), tangent_bundle()
    assert "all pairs of 2,000 and 2,000" in tangent_caption(document, bundle)
    coupled = Document(coupling=Coupling(kind="ot"))
    assert tangent_caption(coupled, bundle).endswith("pairs of the coupling")
