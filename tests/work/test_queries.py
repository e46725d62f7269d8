"""The table of questions, and the face that both engines share."""

from __future__ import annotations

import inspect
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Moons
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.views.query import Samples
from flowlab.work.engine import Engine
from flowlab.work.face import EngineFace
from flowlab.work.queries import QUERIES, Row, row_of
from flowlab.work.remote import RemoteEngine
from tests.helpers.toy_query import FOREVER, ROW, Count

SMALL = Document(view=View(particles=50), training=Training(batch=32))
TABLE = (*QUERIES, ROW)
POSIX = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process is killed there")


def until(ready: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.002)


@pytest.fixture(params=[Engine, RemoteEngine])
def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine | RemoteEngine]:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    made = request.param("cpu", TABLE)
    yield made
    assert made.close()


def found(engine: EngineFace) -> tuple[int, str] | None:
    answer = engine.answer(Count)
    return None if answer is None else (answer.number, answer.value)


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row.query.__name__)
def test_every_row_names_a_handler_of_a_frozen_question(row: Row) -> None:
    assert len(inspect.signature(row.answer()).parameters) == 4
    assert row.query.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert row_of(QUERIES, row.query) is row


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("kind", [Engine, RemoteEngine])
def test_both_engines_have_the_names_and_signatures_of_the_face_and_no_others(kind: type) -> None:
    assert public(kind) == public(EngineFace)
    assert not kind.__abstractmethods__  # type: ignore[attr-defined]
    assert inspect.signature(kind) == inspect.signature(Engine)
    for name in public(EngineFace):
        face, own = getattr(EngineFace, name), getattr(kind, name)
        assert isinstance(face, property) == isinstance(own, property), name
        if not isinstance(face, property):
            assert inspect.signature(own) == inspect.signature(face), name


def test_the_engine_of_this_process_obeys_every_command_itself() -> None:
    passed_on = {n for n in public(EngineFace) if "self.tell(" in body(EngineFace, n)}
    assert passed_on
    assert not {name for name in passed_on if name not in vars(Engine)}


def body(kind: type, name: str) -> str:
    member = getattr(kind, name)
    return "" if isinstance(member, property) else inspect.getsource(member)


def test_a_row_is_all_it_takes(engine: EngineFace) -> None:
    engine.open(SMALL)
    number = engine.ask(Count(3))
    until(lambda: found(engine) is not None)
    assert found(engine) == (number, "3 steps, True")
    engine.open(SMALL)
    assert engine.answer(Count) is None


def test_a_long_answer_tells_how_far_it_is_and_can_be_cancelled(engine: EngineFace) -> None:
    engine.ask(Count(FOREVER))
    until(lambda: 0 < (engine.progress(Count) or 0) < 1)
    assert Count in engine.status().progress
    engine.cancel(Count)
    until(lambda: engine.progress(Count) is None)
    assert engine.answer(Count) is None
    number = engine.ask(Count(2))
    until(lambda: found(engine) is not None)
    assert found(engine) == (number, "2 steps, False")
    assert engine.status().problem == ""


def test_a_newer_question_replaces_an_older(engine: EngineFace) -> None:
    engine.ask(Count(FOREVER))
    until(lambda: bool(engine.progress(Count)))
    number = engine.ask(Count(1))
    until(lambda: found(engine) is not None)
    assert found(engine) == (number, "1 steps, False")
    until(lambda: engine.progress(Count) is None)


def test_a_failing_handler_leaves_a_sentence_and_loses_that_question_only(
    engine: EngineFace,
) -> None:
    engine.ask(Count(-1))
    until(lambda: engine.status().problem == "The count failed: it is the wrong way")
    engine.ask(Count(1))
    until(lambda: found(engine) is not None and engine.status().problem == "")


def test_what_no_row_answers_is_refused() -> None:
    engine = Engine("cpu")
    with pytest.raises(Invalid, match="No engine answers a Count"):
        engine.ask(Count(1))
    assert engine.close()


def test_what_is_of_no_document_outlives_it_and_is_made_once(engine: EngineFace) -> None:
    moons = Samples("a", Moons(), 50)
    engine.ask(moons)
    until(lambda: engine.answer(Samples, "a") is not None)
    first = engine.answer(Samples, "a")
    engine.open(SMALL)
    assert engine.answer(Samples, "a") is first
    numbers = {engine.ask(replace(moons, n=20)), engine.ask(moons)}
    until(lambda: found_number(engine) == max(numbers))
    time.sleep(0.1)  # the samples that were not wanted for long don't come later
    again = engine.answer(Samples, "a")
    assert again is not None
    assert (again.number, again.value.shape) == (max(numbers), (50, 2))


def found_number(engine: EngineFace) -> int:
    answer = engine.answer(Samples, "a")
    return 0 if answer is None else answer.number


@POSIX
def test_a_new_process_is_asked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    engine = RemoteEngine("cpu", TABLE)
    engine.open(SMALL)
    number = engine.ask(Count(1))
    until(lambda: found(engine) is not None)
    assert engine._process is not None
    assert engine._process.pid is not None
    first = engine.answer(Count)
    os.kill(engine._process.pid, signal.SIGKILL)
    until(lambda: engine.answer(Count) not in (None, first))
    assert found(engine) == (number, "1 steps, True")
    assert engine.close()
