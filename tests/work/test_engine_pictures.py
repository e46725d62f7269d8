"""What the engine computes for a picture beside the particles, and in how much memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.work.engine import Engine
from flowlab.work.model import Model
from flowlab.work.sampling import bundle_of
from tests.helpers.engines import found

SMALL = Document(
    network=Network(width=8, depth=1),
    training=Training(batch=32),
    view=View(particles=40, highlighted=0),
)


def test_raw_weights_move_the_same_particles_to_other_places(engine: Engine) -> None:
    engine.open(replace(SMALL, view=replace(SMALL.view, show_raw=True)))
    engine.train()
    bundle = found(engine, lambda bundle: bundle.step > 50)
    engine.pause()
    assert bundle.raw is not None
    assert np.array_equal(bundle.raw.at(0.0), bundle.at(0.0))
    assert not np.array_equal(bundle.raw.at(1.0), bundle.at(1.0))
    engine.apply(SMALL)
    found(engine, lambda bundle: bundle.raw is None)


def test_very_many_particles_take_half_the_memory_each(engine: Engine) -> None:
    engine.open(SMALL)

    def memory(particles: int) -> float:
        engine.apply(replace(SMALL, view=replace(SMALL.view, particles=particles)))
        whole = found(engine, lambda bundle: bundle.points.shape[1] == particles)
        lattice = 0 if whole.lattice is None else whole.lattice.nbytes
        return (whole.nbytes - lattice) / particles

    assert memory(40_000) < 0.55 * memory(20_000)


def test_while_training_a_slow_picture_is_refreshed_where_it_is_seen_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.work.bundle_sampler.SLOW", 0.0)  # every picture counts as slow
    mixed: list[Bundle] = []
    take = engine._pictures._show_preview
    monkeypatch.setattr(
        engine._pictures, "_show_preview", lambda bundle: (mixed.append(bundle), take(bundle))
    )
    engine.open(replace(SMALL, view=replace(SMALL.view, particles=3000)))
    found(engine, lambda bundle: True)
    engine.watch(0.5)
    engine.train()
    final = found(engine, lambda bundle: bundle.step > 200)
    engine.pause()
    assert mixed
    assert final.points.shape == mixed[-1].points.shape


def test_a_field_that_is_averaged_anew_comes_coarse_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def noted(document: Document, model: Model, options: PlanOptions) -> Bundle:
        bundle = bundle_of(document, model, options)
        made.append(0 if tangents_of(bundle) is None else len(tangents_of(bundle).count))
        return bundle

    engine.open(SMALL)
    found(engine, lambda bundle: tangents_of(bundle) is None)
    monkeypatch.setattr("flowlab.work.bundle_sampler.bundle_of", noted)
    view = replace(SMALL.view, name="tangent_field")
    engine.apply(replace(SMALL, view=view, blending=Blending(cells=12, samples=50)))
    found(
        engine,
        lambda bundle: tangents_of(bundle) is not None and len(tangents_of(bundle).count) == 65,
    )
    assert made == [17, 65]
    engine.apply(SMALL)
    found(engine, lambda bundle: tangents_of(bundle) is None)
    engine.apply(replace(SMALL, view=view, blending=Blending(cells=12, samples=50)))
    found(engine, lambda bundle: tangents_of(bundle) is not None)
    assert made[-1] == 65
    assert 17 not in made[2:]  # it is kept
