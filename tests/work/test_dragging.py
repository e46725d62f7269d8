"""While a setting is dragged only few particles are carried; all of them once it rests."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.results import Result
from flowlab.work import bundle_sampler
from flowlab.work.engine import Engine
from flowlab.work.model import Model
from flowlab.work.pace import COUNTS
from tests.helpers.engines import found

ALL = 2500
DOCUMENT = Document(
    network=Network(width=8, depth=1),
    view=View(name="processes", particles=ALL),
    stochastic=Stochastic(steps=10),
)


def with_eps(eps: float) -> Document:
    return replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, eps=eps))


def test_few_particles_follow_the_hand_and_all_come_when_it_rests(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.open(DOCUMENT)
    found(engine, lambda bundle: bundle.count == ALL)
    made, bundle_of = list[tuple[float, int]](), bundle_sampler.bundle_of

    def noted(document: Document, model: Model, options: PlanOptions) -> Result:
        bundle = bundle_of(document, model, options)
        made.append((document.stochastic.eps, bundle.count))
        return bundle

    monkeypatch.setattr(bundle_sampler, "bundle_of", noted)
    monkeypatch.setattr(bundle_sampler, "_DRAG", 5.0)  # however long this thread stands still
    monkeypatch.setattr(bundle_sampler, "_CALM", 0.3)
    monkeypatch.setattr(engine._pictures.expected, "of", lambda _: 0.2)
    for k in range(12):
        engine.apply(with_eps(1 + k / 10))
        time.sleep(0.02)
    last = found(engine, lambda bundle: bundle.count == ALL)
    assert made[-1] == (pytest.approx(2.1), ALL)
    assert {count for _, count in made[:-1]} <= {*COUNTS, ALL}
    assert len([count for _, count in made if count == ALL]) <= 3  # of the first edit, and the last
    assert len([count for _, count in made if count < ALL]) >= 3
    assert processes_of(last).marginals is not None  # type: ignore[union-attr]
