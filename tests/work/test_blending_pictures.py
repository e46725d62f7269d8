"""Views of the (de)blending room in the engine: which hang on weights, and what is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.results import chain_of
from flowlab.core.blending.settings import Blending
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Points
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.work import cache_keys as cache_keys
from flowlab.work.bundle_sampler import _leading
from flowlab.work.engine import Engine
from tests.helpers.engines import found
from tests.helpers.waiting import until

CHAINS = Document(
    source=named("triangle"),
    target=named("rhombus"),
    network=Network(width=8, depth=1),
    training=Training(batch=32),
    view=View(name="chain", particles=40, highlighted=0),
    blending=Blending(chains=30, steps=4, fan=3),
)


def test_chains_stay_while_a_network_trains_and_a_flow_does_not(engine: Engine) -> None:
    engine.open(CHAINS)
    before = found(
        engine, lambda b: chain_of(b) is not None and chain_of(b).convergence is not None
    )
    engine.train()
    until(lambda: engine.status().step >= 300)
    assert engine.newest() is before
    engine.apply(replace(CHAINS, view=replace(CHAINS.view, name="mapping")))
    flow = found(engine, lambda bundle: bundle.flows and bundle.step > 300)
    engine.pause()
    assert flow.points.shape[1] == 40


def test_a_chain_is_not_measured_as_if_a_network_had_made_it(engine: Engine) -> None:
    engine.open(CHAINS)
    found(engine, lambda b: chain_of(b) is not None and chain_of(b).convergence is not None)
    until(lambda: engine.status().velocity_error is not None)
    assert engine.status().sliced_w2 is None


def test_only_what_a_view_reads_asks_for_another_picture() -> None:
    other = replace(CHAINS, blending=replace(CHAINS.blending, cells=20, picture="lic"))
    assert cache_keys.computed(other) == cache_keys.computed(CHAINS)
    for change in ({"steps": 9}, {"redraw": 1}, {"followed": 3}, {"alphas": (0.0, 1.0)}):
        other = replace(CHAINS, blending=replace(CHAINS.blending, **change))  # type: ignore[arg-type]
        assert cache_keys.computed(other) != cache_keys.computed(CHAINS)
    field = replace(CHAINS, view=replace(CHAINS.view, name="tangent_field"))
    finer = replace(field, blending=replace(field.blending, cells=20))
    assert cache_keys.computed(finer) != cache_keys.computed(field)


def test_where_a_view_is_refused_no_other_document_stays_on_the_screen(engine: Engine) -> None:
    engine.open(CHAINS)
    found(engine, lambda b: chain_of(b) is not None and chain_of(b).convergence is not None)
    points = Points(points=Array([[0.0, 0.0], [1.0, 2.0]]), noise=0.0)
    blending = replace(CHAINS.blending, deblend="rejection")
    engine.apply(replace(CHAINS, target=points, blending=blending))
    alone = found(engine, lambda b: chain_of(b) is None)
    assert len(np.unique(alone.target, axis=0)) == 2
    assert "Rejection compares densities" in engine.status().problem


def test_a_picture_that_leads_gives_way_only_when_it_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [10.0]
    monkeypatch.setattr("flowlab.work.bundle_sampler.time.monotonic", lambda: now[0])
    wanted = [True]
    leading = _leading(PlanOptions(cancelled=lambda: wanted[0]))
    assert leading.coarse
    assert leading.cancelled is not None
    assert not leading.cancelled()
    now[0] += 5
    assert leading.cancelled()
    wanted[0] = False
    assert not leading.cancelled()
