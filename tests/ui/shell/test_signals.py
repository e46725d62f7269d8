"""Signals from outside that end the program are handled in Qt's loop, once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from flowlab.ui.shell import signals
from flowlab.ui.shell.signals import Signals
from tests.helpers.clocks import Clock
from tests.helpers.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")

Make = Callable[[Callable[[], None]], Signals]


@pytest.fixture
def codes() -> list[int]:
    """The codes with which the process would have ended."""
    return []


@pytest.fixture
def make(qtbot: QtBot, codes: list[int]) -> Iterator[Make]:
    made: list[Signals] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a shell makes its background jobs
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]  # ignore some of them

    def build(leaving: Callable[[], None]) -> Signals:
        made.append(Signals(leaving, leave=codes.append))
        return made[-1]

    yield build
    for each in made:
        each.close()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def send(number: int) -> None:
    signal.raise_signal(number)  # received before this returns


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_each_signal_ends_the_program_with_its_code(
    make: Make, codes: list[int], qtbot: QtBot, name: str
) -> None:
    left: list[str] = []
    make(lambda: left.append("left"))
    number = getattr(signal, name)
    QTimer.singleShot(20, lambda: send(number))  # while the loop waits
    qtbot.waitUntil(lambda: bool(codes))
    assert codes == [128 + number]
    assert left == ["left"]


def test_nothing_is_done_in_the_middle_of_other_work(
    make: Make, codes: list[int], qtbot: QtBot
) -> None:
    left: list[str] = []
    make(lambda: left.append("left"))
    send(signal.SIGTERM)
    assert not left
    qtbot.waitUntil(lambda: left == ["left"])
    assert codes == [143]


def test_a_dialog_that_is_open_does_not_stop_it(make: Make, codes: list[int], qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    make(dialog.reject)
    QTimer.singleShot(20, lambda: send(signal.SIGTERM))
    dialog.exec()
    assert codes == [143]


def test_the_same_signal_sent_twice_at_once_is_one(
    make: Make, codes: list[int], qtbot: QtBot
) -> None:
    left: list[str] = []
    make(lambda: (left.append("left"), send(signal.SIGHUP)))  # type: ignore[arg-type, return-value]
    send(signal.SIGHUP)
    qtbot.waitUntil(lambda: bool(codes))
    assert left == ["left"]
    assert codes == [128 + signal.SIGHUP]


def test_a_second_signal_after_a_while_ends_it_at_once(
    make: Make, codes: list[int], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(signals, "time", SimpleNamespace(monotonic=clock))
    after: list[list[int]] = []

    def stuck() -> None:
        clock.now += 1.01 * signals.TWIN_SECONDS
        send(signal.SIGINT)
        after.append(list(codes))

    make(stuck)
    send(signal.SIGTERM)
    qtbot.waitUntil(lambda: bool(after))
    assert after == [[130]]


def test_what_never_ends_is_ended(
    make: Make, codes: list[int], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "PATIENCE_SECONDS", 0.02)
    seen: list[list[int]] = []

    def stuck() -> None:
        until(lambda: codes)
        seen.append(list(codes))

    make(stuck)
    send(signal.SIGTERM)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [[143]]


def test_it_ends_even_where_saving_fails(make: Make, codes: list[int], qtbot: QtBot) -> None:
    def fail() -> None:
        raise RuntimeError("a fault of ours")

    make(fail)
    with qtbot.captureExceptions() as raised:
        send(signal.SIGTERM)
        qtbot.waitUntil(lambda: bool(codes))
    assert codes == [143]
    assert len(raised) == 1


def test_what_is_to_be_ignored_is_ignored(make: Make) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        made = make(lambda: None)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        made.close()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_closed_it_gives_everything_back(make: Make) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    made = make(lambda: None)
    assert signal.getsignal(signal.SIGTERM) != before[1]
    made.close()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1
