"""The worker's promises: start, pause, step, stop, error, post, and one slot."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from flowlab.work.worker import Worker
from tests.helpers.waiting import until

LONG = 5.0


class Gated:
    """A generator whose every value waits for the test, so that no test sleeps."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.seen: list[int] = []
        self.arrived = threading.Semaphore(0)
        self.ended = threading.Event()

    def values(self) -> Iterator[int]:
        for i in itertools.count():
            assert self.gate.acquire(timeout=LONG)
            yield i

    def publish(self, value: int) -> None:
        self.seen.append(value)
        self.arrived.release()

    def let(self, count: int) -> None:
        for _ in range(count):
            self.gate.release()
            assert self.arrived.acquire(timeout=LONG)


def done_with_posts(worker: Worker[int]) -> None:
    reached = threading.Event()
    worker.post(reached.set)
    assert reached.wait(LONG)


def test_values_are_published_in_order_until_stopped() -> None:
    source = Gated()
    worker = Worker(source.values, source.publish)
    worker.start()
    source.let(3)
    source.gate.release()  # the value being waited for while it is told to stop
    assert worker.stop()
    assert source.seen[:3] == [0, 1, 2]
    assert not worker.alive


def test_a_paused_worker_draws_nothing_and_resumes_where_it_was() -> None:
    source = Gated()
    worker = Worker(source.values, source.publish)
    worker.start(paused=True)
    source.gate.release(5)
    done_with_posts(worker)
    assert source.seen == []
    assert worker.paused
    worker.resume()
    for _ in range(5):
        assert source.arrived.acquire(timeout=LONG)
    assert source.seen == [0, 1, 2, 3, 4]
    worker.pause()
    source.gate.release()
    assert worker.stop()


def test_step_once_draws_exactly_one_value() -> None:
    source = Gated()
    worker = Worker(source.values, source.publish)
    worker.start(paused=True)
    source.gate.release(10)
    for count in (1, 2, 3):
        worker.step_once()
        assert source.arrived.acquire(timeout=LONG)
        done_with_posts(worker)
        assert len(source.seen) == count
    assert worker.stop()


def test_two_steps_asked_for_at_once_are_two() -> None:
    source = Gated()
    worker = Worker(source.values, source.publish)
    worker.start(paused=True)
    worker.step_once()
    worker.step_once()
    source.let(2)
    done_with_posts(worker)
    assert worker.paused
    assert worker.stop()
    assert source.seen == [0, 1]


def test_an_error_ends_the_thread_and_stays_readable(capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ArithmeticError("diverged")

    told: list[Exception | None] = []
    ended = threading.Event()
    worker: Worker[int] = Worker(broken, lambda _: None, lambda e: (told.append(e), ended.set())[0])
    worker.start()
    assert ended.wait(LONG)
    assert worker.stop()
    assert isinstance(worker.error, ArithmeticError)
    assert told == [worker.error]
    assert capfd.readouterr().err == ""


def test_an_error_while_the_generator_is_made_is_kept_too() -> None:
    def refuse() -> Iterator[int]:
        raise ValueError("no")

    worker: Worker[int] = Worker(refuse, lambda _: None)
    worker.start()
    assert worker.stop()
    assert isinstance(worker.error, ValueError)


def test_a_generator_that_ends_ends_the_worker_without_error() -> None:
    seen: list[int] = []
    told: list[Exception | None] = []
    ended = threading.Event()
    worker = Worker(lambda: iter(range(4)), seen.append, lambda e: (told.append(e), ended.set())[0])
    worker.start()
    assert ended.wait(LONG)
    assert worker.stop()
    assert not worker.alive
    assert worker.error is None
    assert told == [None]
    assert seen == [0, 1, 2, 3]


def test_posted_calls_run_in_the_thread_between_values_in_order() -> None:
    source = Gated()
    worker = Worker(source.values, source.publish)
    order: list[tuple[str, str]] = []
    worker.start()
    source.let(1)
    for name in ("first", "second"):
        worker.post(lambda name=name: order.append((name, threading.current_thread().name)))
    source.let(2)
    assert [name for name, _ in order] == ["first", "second"]
    assert {thread for _, thread in order} == {"worker"}
    source.gate.release()
    assert worker.stop()


def test_a_posted_call_that_fails_is_the_workers_error() -> None:
    worker = Worker(itertools.count, lambda _: None)
    worker.start(paused=True)
    worker.post(lambda: [][0])
    until(lambda: not worker.alive)
    assert isinstance(worker.error, IndexError)


def test_a_slow_reader_sees_the_newest_value_and_never_a_queue() -> None:
    slot: list[int] = [0]
    source = Gated()

    def replace(value: int) -> None:
        slot[0] = value
        source.arrived.release()

    worker = Worker(source.values, replace)
    worker.start()
    source.let(500)
    assert slot == [499]  # what a reader finds, however long it looked away
    source.gate.release()
    assert worker.stop()


def test_stop_is_harmless_before_start_and_twice() -> None:
    worker = Worker(itertools.count, lambda _: None)
    assert worker.stop()
    started = Worker(itertools.count, lambda _: None)
    started.start()
    assert started.stop()
    assert started.stop()
