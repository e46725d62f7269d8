"""A process of its own: its first word, what goes to and fro, and every way in which it ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flowlab.core.document.shapes import Disc
from flowlab.core.views.query import Samples
from flowlab.work.engine_process import FAREWELL_SECONDS, TERM_SECONDS, EngineProcess
from flowlab.work.queries import QUERIES, Asked
from flowlab.work.wishes import Wish, wish_of
from tests.helpers.engines import SMALL
from tests.helpers.marks import POSIX
from tests.helpers.waiting import until

FORKED = pytest.mark.usefixtures("forked")


@pytest.fixture(autouse=True)
def _processes_start() -> None:
    """From nothing, as in use, where a test doesn't ask for a fork."""


class Heard:
    """What one process said, and whether it was lost."""

    def __init__(self, device: str = "cpu") -> None:
        self.news: list[tuple[int, str, Any]] = []
        self.lost: list[EngineProcess] = []
        self.process = EngineProcess(
            device, lambda *news: self.news.append(news), self.lost.append, QUERIES
        )

    def of(self, word: str) -> list[tuple[int, Any]]:
        return [(epoch, value) for epoch, said, value in list(self.news) if said == word]


def gone(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def ends_within(process: EngineProcess, seconds: float) -> bool:
    """End a process; if that takes longer, kill it, so that a test fails rather than waits."""
    ending = threading.Thread(target=process.end)
    ending.start()
    ending.join(seconds)
    in_time = not ending.is_alive()
    if not in_time:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        ending.join()
    return in_time


@pytest.fixture
def start() -> Iterator[Callable[..., Heard]]:
    made: list[Heard] = []

    def one(device: str = "cpu") -> Heard:
        made.append(Heard(device))
        return made[-1]

    yield one
    for each in made:
        each.process.end()
    assert not [t for t in threading.enumerate() if t.name.startswith("flowlab-")]


@pytest.fixture
def heard(start: Callable[..., Heard]) -> Heard:
    made = start()
    made.process.wait_until_ready(lambda: False)
    made.process.listen()
    return made


def test_wishes_go_there_and_news_come_back_with_their_epoch(heard: Heard) -> None:
    heard.process.put(4, Wish("open", (SMALL, None)))
    heard.process.put(4, wish_of(QUERIES, "take_up", (Asked(9, Samples("a", Disc(radius=1.0))),)))
    answer = until(lambda: next(iter(heard.of("answer")), None))
    assert answer is not None
    epoch, found = answer
    assert (epoch, found.number) == (4, 9)
    assert found.value.shape == (600, 2)
    until(lambda: any(epoch == 4 for epoch, _ in heard.of("status")))


@FORKED
def test_silence_is_counted_from_the_last_word(heard: Heard) -> None:
    until(lambda: heard.of("status"))
    before = heard.process.heard_at
    assert heard.process.silence >= 0
    until(lambda: heard.process.heard_at > before)
    heard.process.end()
    last = heard.process.heard_at
    assert heard.process.silence <= time.monotonic() - last
    until(lambda: heard.process.silence > 0.05)
    assert heard.process.heard_at == last


@FORKED
def test_it_closes_when_it_is_asked_to_and_is_not_lost(heard: Heard) -> None:
    pid = heard.process.pid
    heard.process.ask_to_end(1)
    heard.process.end(FAREWELL_SECONDS * 20)
    assert heard.lost == []
    assert gone(pid)


@FORKED
def test_a_process_that_ends_by_itself_is_lost_once(heard: Heard) -> None:
    pid = heard.process.pid
    assert pid is not None
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    until(lambda: heard.lost)
    assert heard.lost == [heard.process]
    heard.process.end()
    assert heard.lost == [heard.process]
    assert gone(pid)


@POSIX
def test_a_stopped_process_is_ended_all_the_same(heard: Heard) -> None:
    """It doesn't hear of its termination; and ending it is not losing it."""
    pid = heard.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    _, status = os.waitpid(pid, os.WUNTRACED)  # until then its termination could come first
    assert os.WIFSTOPPED(status)
    heard.process.put(1, Wish("train"))
    assert ends_within(heard.process, TERM_SECONDS + 10)
    assert gone(pid)
    assert heard.lost == []


@FORKED
def test_who_is_not_waited_for_is_ended(start: Callable[..., Heard]) -> None:
    made = start()
    with pytest.raises(RuntimeError, match="not waited for"):
        made.process.wait_until_ready(lambda: True)
    assert gone(made.process.pid)


def test_an_engine_that_cannot_be_made_says_why(start: Callable[..., Heard]) -> None:
    made = start("teapot")
    with pytest.raises(RuntimeError, match="teapot"):
        made.process.wait_until_ready(lambda: False)
    assert gone(made.process.pid)
