"""Questions taken up in any thread: the newest counts, a failure is a sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.query import Query
from flowlab.work.answering import Answers
from flowlab.work.queries import Asked, Handler, Known, Row
from tests.helpers.waiting import until


@dataclass(frozen=True)
class Ask(Query[str]):
    """A question with a name, and perhaps a place of its own."""

    name: str
    place: str = ""


class Stage:
    """A handler that goes on when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gone_on = threading.Semaphore(0)
        self.given_up: list[str] = []

    def __call__(
        self,
        known: Known,
        query: Ask,
        cancelled: Callable[[], bool],
        progress: Callable[[float], None],
    ) -> str:
        progress(0.25)
        self.begun.append(query.name)
        while not self.gone_on.acquire(timeout=0.01):
            if cancelled():
                self.given_up.append(query.name)
                raise Cancelled
        if query.name.startswith("fails"):
            raise RuntimeError("it broke\nsomewhere")
        if query.name == "refused":
            raise Invalid("This cannot be.")
        return query.name.upper()


@dataclass(frozen=True, kw_only=True)
class Staged(Row):
    """A row whose handler is at hand."""

    stage: Stage

    def answer(self) -> Handler:
        return self.stage


class Made:
    """Answers to one kind of question, and how often training was held."""

    def __init__(self, **choices: Any) -> None:
        self.stage, self.held = Stage(), 0
        self.row = Staged(
            query=Ask, handler="", lane="lane", title="The test", stage=self.stage, **choices
        )
        self.answers = Answers(
            (self.row,), lambda: Known(None, None, None), self._hold, self._release
        )

    def _hold(self) -> None:
        self.held += 1

    def _release(self) -> None:
        self.held -= 1

    def ask(self, number: int, name: str, place: str = "") -> None:
        self.answers.take_up(Asked(number, Ask(name, place)))

    def begun(self, name: str) -> None:
        until(lambda: name in self.stage.begun)

    def go_on(self) -> None:
        self.stage.gone_on.release()

    def idle(self) -> None:
        until(lambda: not self.answers.busy(Ask))

    def found(self, key: object = None) -> tuple[int, str] | None:
        answer = self.answers.newest.get((Ask, key))
        return None if answer is None else (answer.number, answer.value)


Make = Callable[..., Made]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Made] = []

    def one(**choices: Any) -> Made:
        made.append(Made(**choices))
        return made[-1]

    yield one
    for each in made:
        each.answers.cancel(Ask)
        assert each.answers.stop()


def test_an_answer_is_found_with_its_number(make: Make) -> None:
    made = make()
    made.ask(3, "one")
    made.go_on()
    until(made.found)
    assert made.found() == (3, "ONE")


def test_a_newer_question_stops_the_older(make: Make) -> None:
    made = make()
    made.ask(1, "old")
    made.begun("old")
    made.ask(2, "new")
    made.begun("new")
    assert made.stage.given_up == ["old"]
    made.go_on()
    until(made.found)
    assert made.found() == (2, "NEW")
    made.idle()
    assert made.stage.begun == ["old", "new"]


def test_those_with_keys_of_their_own_do_not_replace_each_other(make: Make) -> None:
    made = make(keyed_by="place")
    made.ask(1, "one", "here")
    made.begun("one")
    made.ask(2, "two", "there")
    made.ask(3, "three", "there")
    for _ in range(2):
        made.go_on()
    until(lambda: made.found("here") and made.found("there"))
    assert made.found("here") == (1, "ONE")
    assert made.found("there") == (3, "THREE")
    assert made.stage.begun == ["one", "three"]
    assert made.stage.given_up == []


def test_a_failure_is_a_sentence_that_a_new_question_takes_back(make: Make) -> None:
    made = make()
    made.ask(1, "fails")
    made.go_on()
    until(lambda: made.answers.problem)
    assert made.answers.problem == "The test failed: it broke"
    made.ask(2, "refused")
    assert made.answers.problem == ""
    made.go_on()
    until(lambda: made.answers.problem)
    assert made.answers.problem == "This cannot be."
    made.answers.forgive()
    assert made.answers.problem == ""
    made.ask(3, "works")
    made.go_on()
    until(made.found)
    assert made.found() == (3, "WORKS")


def test_a_cancelled_question_has_no_answer_and_no_problem(make: Make) -> None:
    made = make()
    made.ask(1, "one")
    made.begun("one")
    made.answers.cancel(Ask)
    made.idle()
    assert made.stage.given_up == ["one"]
    assert made.found() is None
    assert made.answers.problem == ""
    made.ask(2, "two")
    made.go_on()
    until(made.found)
    assert made.found() == (2, "TWO")


def test_progress_is_that_of_what_is_shown_and_under_way(make: Make) -> None:
    shown, hidden = make(shown=True), make()
    for made in (shown, hidden):
        made.ask(1, "one")
        made.begun("one")
    assert shown.answers.progress == {Ask: 0.25}
    assert hidden.answers.progress == {}
    shown.go_on()
    until(shown.found)
    shown.idle()
    assert shown.answers.progress == {}


def test_training_is_held_as_often_as_it_is_released(make: Make) -> None:
    made = make(rests=True)
    for end in (made.go_on, lambda: made.answers.cancel(Ask)):
        made.ask(1, "one")
        made.begun("one")
        assert made.held == 1
        end()
        made.idle()
        until(lambda: made.held == 0)
        made.stage.begun.clear()


def test_another_document_drops_what_is_of_one(make: Make) -> None:
    made, lasting = make(), make(lasting=True)
    for each in (made, lasting):
        each.ask(1, "one")
        each.go_on()
        until(each.found)
        each.answers.drop()
    assert made.found() is None
    assert lasting.found() == (1, "ONE")


def test_what_is_known_already_is_not_asked_again(make: Make) -> None:
    made = make(lasting=True)
    made.ask(1, "one")
    made.go_on()
    until(made.found)
    made.idle()
    made.ask(2, "one")
    assert made.found() == (2, "ONE")
    made.idle()
    assert made.stage.begun == ["one"]


def test_a_question_of_no_row_is_refused(make: Make) -> None:
    @dataclass(frozen=True)
    class Stranger(Query[str]):
        """Nobody's."""

    with pytest.raises(Invalid, match="No engine answers a Stranger"):
        make().answers.take_up(Asked(1, Stranger()))
