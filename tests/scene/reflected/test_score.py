"""The maps of a learned score: one scale, and words of what is drawn."""

from __future__ import annotations

import numpy as np

from flowlab.core.reflected.score_results import PANES, score_maps_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.reflected.score import SCORES, lines_of, score_sheet
from flowlab.scene.reflected.walls import extent
from tests.helpers.learned_score import learns_score, trained


def test_all_maps_have_one_scale_and_say_how_far_off_the_network_is() -> None:
    document = learns_score()
    bundle = plan_of("wall_score")(document, trained(document), PlanOptions())
    assert isinstance(bundle, Bundle)
    maps = score_maps_of(bundle)
    assert maps is not None
    frame = Frame(document=document, bundle=bundle, t=0.7)
    assert SCORES.is_tiled(frame)
    sheet = score_sheet(frame)
    k = maps.at(0.7)
    assert [pane.title for pane in sheet.panes] == list(PANES.values())
    assert {(pane.low, pane.high) for pane in sheet.panes} == {
        (0.0, float(np.nanmax(maps.maps["exact"][k])))
    }
    assert score_sheet(frame) is sheet
    assert f"{maps.error[k]:.2g}" in lines_of(maps, "error", k)[1]
    reach = extent(maps)
    assert reach is not None
    assert reach[0] < -4 < 4 < reach[1]
