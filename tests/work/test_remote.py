"""The engine behind the process border: the same answers, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from flowlab.core.document import Document, Training, View
from flowlab.core.gallery import named
from flowlab.core.weights import Weights
from flowlab.work.engine import Engine
from flowlab.work.remote import LOST, RemoteEngine

SMALL = Document(view=View(particles=200), training=Training(batch=32), seed=5)


def wait_for(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def engine() -> Iterator[RemoteEngine]:
    engine = RemoteEngine("cpu")
    yield engine
    engine.close()


def test_it_answers_as_the_engine_itself_does(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    wait_for(lambda: engine.newest() is not None)
    here = Engine("cpu")
    here.open(SMALL)
    wait_for(lambda: here.newest() is not None)
    mine, theirs = here.newest(), engine.newest()
    here.close()
    assert mine is not None
    assert theirs is not None
    assert np.array_equal(mine.points, theirs.points)
    assert not theirs.points.flags.writeable


def test_it_trains_pauses_probes_and_pictures(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    engine.train()
    wait_for(lambda: engine.status().step > 10)
    engine.pause()
    wait_for(lambda: engine.status().state == "paused")
    final = engine.status().step
    wait_for(lambda: (engine.newest() or SENTINEL).step >= final)
    weights = engine.weights(SMALL.network)
    assert weights is not None
    assert weights.step >= final
    engine.probe(np.array([[1.0, 2.0]], np.float32))
    wait_for(lambda: engine.newest_probe() is not None)
    assert np.allclose(engine.newest_probe().at(0.0), [[1.0, 2.0]])  # type: ignore[union-attr]
    engine.request_cloud("moons", named("moons"))
    wait_for(lambda: engine.cloud("moons") is not None)


def test_weights_of_another_network_are_not_handed_out(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    wait_for(lambda: engine.weights(SMALL.network) is not None)
    assert engine.weights(type(SMALL.network)(width=12)) is None


def test_nothing_of_an_earlier_document_is_seen_after_opening_another(engine: RemoteEngine) -> None:
    engine.open(SMALL)
    wait_for(lambda: engine.newest() is not None)
    other = SMALL.with_parts(view=View(particles=77))
    engine.open(other)
    assert engine.newest() is None
    wait_for(lambda: engine.newest() is not None)
    assert engine.newest().points.shape[1] == 77  # type: ignore[union-attr]


def test_news_that_was_under_way_when_another_document_was_opened_is_dropped(
    engine: RemoteEngine,
) -> None:
    engine.open(SMALL)
    wait_for(lambda: engine.newest() is not None)
    old, epoch = engine.newest(), engine._epoch
    stale = (SMALL.network, Weights(step=9, arrays={}))
    with engine._news:  # nothing else arrives in between
        engine._epoch += 1
        engine._bundle = engine._published = None
        engine._take(epoch, "bundle", old)
        engine._take(epoch, "published", stale)
        assert engine.newest() is None
        assert engine.weights(SMALL.network) is None
        engine._take(epoch + 1, "bundle", old)
        assert engine.newest() is old


def test_a_wish_that_cannot_be_fulfilled_is_told_and_the_engine_goes_on(
    engine: RemoteEngine,
) -> None:
    engine.open(SMALL)
    wait_for(lambda: engine.newest() is not None)
    engine.measure(["teapot"])
    wait_for(lambda: "teapot" in engine.status().problem)
    engine.train()
    wait_for(lambda: engine.status().step > 0)


def test_a_lost_process_is_told_and_closing_still_works(engine: RemoteEngine) -> None:
    engine._process.kill()
    wait_for(lambda: engine.status().reason == LOST)
    engine.train()
    engine.close()
    assert not multiprocessing.active_children()


class SENTINEL:
    step = -1
