"""The engine computes the metrics panel's figures while somebody looks, and never otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.work import measuring
from flowlab.work.engine import Engine
from flowlab.work.remote import RemoteEngine
from flowlab.work.status import Status
from tests.helpers.waiting import until

SMALL = Document(
    target=Gaussian(offset_x=2.0),
    network=Network(width=8, depth=1),
    training=Training(batch=32, learning_rate=1e-3),
    solver=Solver(method="euler", steps=2),
    view=View(particles=60, highlighted=0),
)
QUICK = ("sliced", "energy", "learned")
NAMES = {"sliced_w2", "energy", "excess", "velocity", "angle"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(measuring, "EVERY", 0.05)
    made = Engine("cpu")
    yield made
    assert made.close()


def test_none_are_computed_until_somebody_looks(engine: Engine) -> None:
    engine.apply(SMALL)
    until(lambda: engine.status().sliced_w2 is not None)
    assert engine.status().figures == {}
    engine.measure(QUICK)
    until(lambda: set(engine.status().figures) == NAMES)
    status = engine.status()
    assert status.figures["sliced_w2"].value == status.sliced_w2
    assert status.by_time is not None
    with pytest.raises(Invalid, match="no figure"):
        engine.measure(["teapot"])


def test_they_follow_training_and_are_of_the_last_weights_once_it_pauses(engine: Engine) -> None:
    engine.measure(QUICK)
    engine.apply(SMALL)
    until(lambda: set(engine.status().figures) == NAMES)
    engine.train()
    until(lambda: engine.status().figures["energy"].step > 0)
    engine.pause()
    until(lambda: engine.status().state == "paused")
    step = engine.status().step
    until(lambda: all(f.step == step for f in engine.status().figures.values()))
    engine.measure(())
    engine.step()
    until(lambda: engine.newest().step == step + 1)  # type: ignore[union-attr]
    until(lambda: not engine._measuring.busy)
    assert engine.status().figures == {}  # those of the step before are not shown beside this one


def test_figures_of_an_earlier_step_are_never_beside_a_later_one_at_rest(engine: Engine) -> None:
    engine.measure(QUICK)
    engine.apply(SMALL)
    until(lambda: set(engine.status().figures) == NAMES)
    for _ in range(5):
        engine.train()
        until(lambda: engine.status().step > 50)
        engine.pause()
        until(lambda: engine.status().state == "paused")
        until(lambda: _is_of_this_step(engine.status()) and engine.status().sliced_w2 is not None)


def _is_of_this_step(status: Status) -> bool:
    assert status.of_step in (None, status.step)
    assert (status.of_step is None) <= (status.sliced_w2 is None and status.velocity_error is None)
    assert all(figure.step == status.step for figure in status.figures.values())
    return status.of_step is not None


def test_while_training_figures_go_when_newer_pictures_are_not_measured(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.measure(QUICK)
    engine.apply(SMALL)
    until(lambda: None not in (engine.status().sliced_w2, engine.status().mse_floor))
    monkeypatch.setattr(measuring, "_FRESH", 0.0)
    monkeypatch.setattr(measuring, "EVERY", 1e6)
    engine.train()
    until(lambda: engine.status().sliced_w2 is None)
    status = engine.status()
    assert (status.of_step, status.velocity_error, status.figures) == (None, None, {})
    assert status.mse_floor is not None  # which is the same at every step


def test_another_document_has_figures_of_its_own(engine: Engine) -> None:
    engine.measure(["learned"])
    engine.apply(SMALL)
    until(lambda: engine.status().by_time is not None)
    engine.open(replace(SMALL, coupling=Coupling(kind="ot", batch=32)))
    until(lambda: "excess" in engine.status().figures and engine.status().by_time is None)
    assert "independent" in engine.status().figures["excess"].note


def test_an_engine_in_another_process_hears_of_it_and_answers() -> None:
    remote = RemoteEngine("cpu")
    try:
        remote.apply(SMALL)
        remote.measure(QUICK)
        until(lambda: set(remote.status().figures) == NAMES)
        assert remote.status().by_time is not None
    finally:
        remote.close()
