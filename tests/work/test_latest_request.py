"""Newest wins, priority first, cancelling seen from inside, no polling and no leftovers."""

from __future__ import annotations

import math
import threading
import time

import pytest

from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded

LONG = 5.0


class Desk:
    """Holds each request until the test lets it go, and writes down what was delivered."""

    def __init__(self) -> None:
        self.started: threading.Semaphore = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.done = threading.Semaphore(0)
        self.delivered: list[str] = []
        self.cancelled: list[bool] = []

    def work(self, request: str, cancelled: ShouldStop) -> str:
        self.started.release()
        assert self.gate.acquire(timeout=LONG)
        self.cancelled.append(cancelled())
        return request

    def deliver(self, _request: str, answer: str) -> None:
        self.delivered.append(answer)
        self.done.release()


def test_a_newer_request_replaces_the_waiting_one() -> None:
    desk = Desk()
    job = LatestRequest(desk.work, desk.deliver)
    job.submit("a")
    assert desk.started.acquire(timeout=LONG)
    for request in "bcd":
        job.submit(request)
    desk.gate.release(2)
    for _ in range(2):
        assert desk.done.acquire(timeout=LONG)
    assert job.stop()
    assert desk.delivered == ["a", "d"]
    assert desk.cancelled == [True, False]


def test_the_higher_priority_runs_first_and_cancels_the_lower() -> None:
    desk = Desk()
    job = LatestRequest(desk.work, desk.deliver)
    job.submit("low")
    assert desk.started.acquire(timeout=LONG)
    job.submit("lower", -1)
    desk.gate.release()
    assert desk.done.acquire(timeout=LONG)  # "low": what waits below does not cancel it
    assert desk.started.acquire(timeout=LONG)
    job.submit("low again", 0)
    job.submit("high", 1)
    desk.gate.release(3)
    for _ in range(3):
        assert desk.done.acquire(timeout=LONG)
    assert job.stop()
    assert desk.delivered == ["low", "lower", "high", "low again"]
    assert desk.cancelled == [False, True, False, False]


@pytest.mark.parametrize("patience", [0.0, 0.02, math.inf])
def test_an_equal_request_waits_as_long_as_it_was_told(patience: float) -> None:
    desk = Desk()
    job = LatestRequest(desk.work, desk.deliver)
    job.submit("a", patience=patience)
    assert desk.started.acquire(timeout=LONG)
    job.submit("b")
    time.sleep(0.04)
    desk.gate.release(2)
    for _ in range(2):
        assert desk.done.acquire(timeout=LONG)
    assert job.stop()
    assert desk.cancelled[0] is (patience < math.inf)


def test_it_is_not_cancelled_before() -> None:
    desk = Desk()
    job = LatestRequest(desk.work, desk.deliver)
    job.submit("a", patience=LONG)
    assert desk.started.acquire(timeout=LONG)
    job.submit("b")
    desk.gate.release(2)
    for _ in range(2):
        assert desk.done.acquire(timeout=LONG)
    assert job.stop()
    assert desk.cancelled[0] is False


def test_a_superseded_answer_is_dropped_and_the_thread_lives_on() -> None:
    delivered: list[int] = []
    done = threading.Event()

    def work(request: int, _cancelled: ShouldStop) -> int:
        if request == 0:
            raise Superseded
        return request

    def deliver(_request: int, answer: int) -> None:
        delivered.append(answer)
        done.set()

    job = LatestRequest(work, deliver)
    job.submit(0)
    job.submit(1, 1)
    assert done.wait(LONG)
    assert job.stop()
    assert delivered == [1]


def test_an_error_is_handed_over_and_the_thread_lives_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    errors: list[Exception] = []
    heard = threading.Semaphore(0)

    def work(request: int, _cancelled: ShouldStop) -> float:
        return 1 / request

    job = LatestRequest(
        work,
        lambda _r, _a: heard.release(),
        lambda _r, error: (errors.append(error), heard.release())[1],
    )
    job.submit(0)
    assert heard.acquire(timeout=LONG)
    job.submit(2)
    assert heard.acquire(timeout=LONG)
    assert job.stop()
    assert isinstance(errors[0], ZeroDivisionError)
    assert capfd.readouterr().err == ""


def test_stop_cancels_what_runs_and_may_be_called_again() -> None:
    started = threading.Event()

    def work(_request: int, cancelled: ShouldStop) -> int:
        started.set()
        while not cancelled():
            threading.Event().wait(0.001)
        raise Superseded

    job = LatestRequest(work, lambda _r, _a: None)
    job.submit(1)
    assert started.wait(LONG)
    assert job.busy
    assert job.stop()
    assert job.stop()
    job.submit(2)
    assert not job.busy


def test_none_is_a_request_like_any_other() -> None:
    heard = threading.Semaphore(0)
    job = LatestRequest(lambda request, _cancelled: request, lambda _r, _a: heard.release())
    for request in (None, 0, None):
        job.submit(request)
        assert heard.acquire(timeout=LONG)
    assert job.stop()
