"""The engine's side of the line: wishes become calls, and only what has changed is told."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.learning.weights import Weights
from flowlab.work.herald import Herald
from flowlab.work.pipe_transport import Receiver, Sender
from flowlab.work.weights_history import Snapshot

PATIENCE = 60.0


def snapshot(step: int) -> Snapshot:
    return Snapshot(Document(), Weights(step=step, arrays={"a": np.zeros(3)}))


class Engine:
    """Whatever the test has it say; notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.picture: object = None
        self.pin: object = None
        self.kept: tuple[Snapshot, ...] = ()
        self.weights: tuple[object, ...] | None = None
        self.shelved: dict[int, object] = {}
        self.answers = SimpleNamespace(newest={})
        self.saving = SimpleNamespace(
            published=lambda: self.weights,
            losses=lambda: "losses",
            snapshots=lambda: self.kept,
            shelved=lambda: self.shelved,
        )

    def tell(self, name: str, *arguments: Any) -> None:
        self.told.append((name, *arguments))

    def status(self) -> str:
        return f"{len(self.told)} told"

    def newest(self) -> object:
        return self.picture

    def pinned(self) -> object:
        return self.pin


class Line:
    """Both ends of a line, the far one in a thread."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.pipe, theirs = multiprocessing.Pipe()
        self._ear = Receiver(self.pipe)
        herald = Herald(self.engine, theirs, Sender(theirs))  # type: ignore[arg-type]
        self.thread = threading.Thread(target=herald.run)
        self.thread.start()

    def say(self, name: str, *arguments: Any, epoch: int = 1) -> None:
        self.pipe.send((epoch, name, arguments))

    def next(self, word: str) -> tuple[int, Any]:
        """The next news of that word."""
        while self.pipe.poll(PATIENCE):
            epoch, said, value = self._ear.receive()
            if said == word:
                return epoch, value
        raise AssertionError(f"nothing was said of {word}")

    def until_status(self, count: int) -> list[str]:
        """What else was said until the engine had been told so much."""
        words = []
        while self.pipe.poll(PATIENCE):
            _, word, value = self._ear.receive()
            if word == "status" and value == f"{count} told":
                return words
            words.append(word)
        raise AssertionError("no such status")


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    if made.thread.is_alive():
        made.say("close")
    made.thread.join(PATIENCE)
    assert not made.thread.is_alive()


def test_wishes_become_calls_in_their_order(line: Line) -> None:
    line.say("train")
    line.say("watch", 0.5)
    line.until_status(2)
    assert line.engine.told == [("train",), ("watch", 0.5)]


def test_news_carry_the_epoch_of_the_last_wish(line: Line) -> None:
    line.engine.picture = "first"
    assert line.next("bundle") == (0, "first")
    line.say("open", "document", epoch=7)
    line.until_status(1)
    line.engine.picture = "second"
    assert line.next("bundle") == (7, "second")


def test_only_what_is_new_is_told(line: Line) -> None:
    line.engine.picture, line.engine.pin = ("a picture",), ("a pin",)
    line.next("bundle")
    line.next("pinned")
    line.say("train")
    line.say("pause")
    assert not {"bundle", "pinned"} & set(line.until_status(2))
    line.engine.picture = ("another",)
    assert line.next("bundle")[1] == ("another",)


def test_snapshots_are_told_once_and_before_newer_weights(line: Line) -> None:
    one, two, four = (snapshot(step) for step in (1, 2, 4))
    line.engine.kept = (one, two)
    _, (network, steps, fresh) = line.next("snapshots")
    assert network == Document().network
    assert steps == (1, 2)
    assert sorted(fresh) == [1, 2]
    line.engine.kept = (two, four)
    _, (_, steps, fresh) = line.next("snapshots")
    assert steps == (2, 4)
    assert sorted(fresh) == [4]


def test_a_document_that_is_opened_has_all_moments_told_anew(line: Line) -> None:
    line.engine.kept = (snapshot(1),)
    line.next("snapshots")
    line.say("open", "document", epoch=2)
    epoch, (_, steps, fresh) = line.next("snapshots")
    assert (epoch, steps, sorted(fresh)) == (2, (1,), [1])


def test_weights_come_with_their_losses(line: Line) -> None:
    line.engine.weights = ("network", "weights")
    assert line.next("published")[1] == (("network", "weights"), "losses")


def test_of_all_answers_only_the_new_ones_are_told(line: Line) -> None:
    line.engine.answers.newest = {"a": ("one",)}
    assert line.next("answer")[1] == ("one",)
    line.engine.answers.newest = {**line.engine.answers.newest, "b": ("two",)}
    assert line.next("answer")[1] == ("two",)


def test_it_ends_when_told(line: Line) -> None:
    line.say("close")
    line.thread.join(PATIENCE)
    assert not line.thread.is_alive()
    assert line.engine.told == []
