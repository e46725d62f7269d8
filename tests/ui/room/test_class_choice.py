"""The class whose velocity a view shows: offered for conditional networks only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.view import View
from flowlab.ui.blending.controls import TangentControls
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.curve_controls import CurveControls
from flowlab.ui.stochastic.map_controls import DivergenceControls, LikelihoodControls

CONDITIONAL = Document(
    target=Ring(count=3), network=Network(conditional=True), view=View(name="likelihood")
)


@pytest.mark.parametrize(
    "kind", [LikelihoodControls, DivergenceControls, CurveControls, TangentControls]
)
def test_a_chip_chooses_the_class_of_a_conditional_network(
    qtbot: QtBot, kind: type[Controls]
) -> None:
    controls, heard = kind(CONDITIONAL), list[Document]()
    qtbot.addWidget(controls)
    controls.edited.connect(lambda document, *_: heard.append(document))
    assert not controls.classes.isHidden()  # type: ignore[attr-defined]
    controls.classes.chips.chips[2].click()  # type: ignore[attr-defined]
    assert heard[-1] == replace(CONDITIONAL, view=replace(CONDITIONAL.view, condition=2))
    for other in (
        replace(CONDITIONAL, network=Network()),
        replace(CONDITIONAL, target=Gaussian()),  # nothing that a network can be conditioned on
    ):
        controls.show_document(other)
        assert controls.classes.isHidden()  # type: ignore[attr-defined]


def test_curves_of_the_exact_flow_are_of_no_class(qtbot: QtBot) -> None:
    controls = CurveControls(CONDITIONAL)
    qtbot.addWidget(controls)
    exact = replace(CONDITIONAL, view=View(name="characteristics", shows="exact"))
    controls.show_document(exact)
    assert controls.classes.isHidden()
