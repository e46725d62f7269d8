"""Uncaught errors: one dialog at a time, each place once, from any thread."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from flowlab import app
from flowlab.ui.shell import error_reporter
from flowlab.ui.shell.error_reporter import MOST_WAITING, SENTENCE, ErrorDialog, ErrorReporter
from flowlab.version import __version__

Raiser = Callable[[], None]


class Before:
    """The earlier hooks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.errors: list[BaseException] = []
        self.thread_errors: list[BaseException | None] = []
        monkeypatch.setattr(sys, "excepthook", lambda _, error, __: self.errors.append(error))
        monkeypatch.setattr(
            threading, "excepthook", lambda given: self.thread_errors.append(given.exc_value)
        )


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Before:
    return Before(monkeypatch)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def reporter(before: Before, window: QWidget) -> Iterator[ErrorReporter]:
    made = ErrorReporter(window)
    made.install()
    yield made
    made.close()


def fail_here() -> None:
    raise ValueError("here")


def fail_there() -> None:
    raise ValueError("there")


def interrupt() -> None:
    raise KeyboardInterrupt


def leave() -> None:
    raise SystemExit


def failing_at(line: int) -> Raiser:
    """A function that fails at that line of a file that does not exist."""
    scope: dict[str, Any] = {}
    text = "\n" * (line - 1) + "def fail(): raise ValueError"
    exec(compile(text, "made up", "exec"), scope)
    return scope["fail"]  # type: ignore[no-any-return]


def raised(function: Raiser) -> None:
    """Do what Python does with an uncaught error."""
    try:
        function()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)


def dialogs() -> list[ErrorDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ErrorDialog)]


def shown(reporter: ErrorReporter, qtbot: QtBot) -> ErrorDialog:
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    assert reporter.dialog is not None
    return reporter.dialog


def close(reporter: ErrorReporter) -> None:
    assert reporter.dialog is not None
    reporter.dialog.close_button.click()
    QApplication.processEvents()


def test_500_errors_from_one_place_are_one_dialog(reporter: ErrorReporter, qtbot: QtBot) -> None:
    for _ in range(500):
        raised(fail_here)
        QApplication.processEvents()
    assert len(dialogs()) == 1
    close(reporter)
    raised(fail_here)
    QApplication.processEvents()
    assert reporter.dialog is None


def test_another_place_is_told_when_the_first_dialog_is_closed(
    reporter: ErrorReporter, qtbot: QtBot
) -> None:
    for fail in (fail_here, fail_there) * 100:
        raised(fail)
    first = shown(reporter, qtbot)
    QApplication.processEvents()
    assert "ValueError: here" in first.details.toPlainText()
    assert reporter.dialog is first
    close(reporter)
    assert "ValueError: there" in shown(reporter, qtbot).details.toPlainText()
    close(reporter)
    assert reporter.dialog is None


def test_only_a_handful_waits_and_the_rest_goes_where_it_went_before(
    reporter: ErrorReporter, before: Before, qtbot: QtBot
) -> None:
    raised(fail_here)
    shown(reporter, qtbot)
    for line in range(1, 101):
        raised(failing_at(line))
    assert len(before.errors) == 100 - MOST_WAITING
    seen = 0
    while reporter.dialog is not None:
        seen += 1
        close(reporter)
    assert seen == 1 + MOST_WAITING


def test_no_dialog_opens_amid_what_failed(reporter: ErrorReporter) -> None:
    raised(fail_here)
    assert reporter.dialog is None


def test_the_dialog_says_that_the_work_is_there_and_blocks_nothing(
    reporter: ErrorReporter, qtbot: QtBot
) -> None:
    raised(fail_here)
    dialog = shown(reporter, qtbot)
    assert SENTENCE == (
        "Something went wrong inside FlowLab. Your work is still here: save it now."
    )
    assert not dialog.isModal()
    assert QApplication.activeModalWidget() is None


def test_details_are_folded_away_until_asked_for(reporter: ErrorReporter, qtbot: QtBot) -> None:
    raised(fail_here)
    dialog = shown(reporter, qtbot)
    folded = dialog.height()
    assert not dialog.details.isVisible()
    dialog.fold.click()
    assert dialog.details.isVisible()
    assert dialog.fold.text() == "Hide details"
    dialog.fold.click()
    assert not dialog.details.isVisible()
    assert dialog.height() == folded


def test_copy_fills_the_clipboard_and_leaves_the_dialog_open(
    reporter: ErrorReporter, qtbot: QtBot
) -> None:
    QApplication.clipboard().setText("of before")
    raised(fail_here)
    dialog = shown(reporter, qtbot)
    dialog.copy_button.click()
    copied = QApplication.clipboard().text()
    assert copied.startswith(f"FlowLab {__version__} on ")
    assert platform.platform() in copied
    assert "in fail_here" in copied
    assert copied.endswith("ValueError: here\n")
    assert dialog.isVisible()


def test_a_message_without_end_is_shortened(reporter: ErrorReporter, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ValueError("x" * 10_000_000 + "the end")

    raised(fail)
    text = shown(reporter, qtbot).details.toPlainText()
    assert len(text) < 2 * error_reporter.LONGEST
    assert "in fail" in text
    assert text.endswith("the end\n")


def test_errors_of_threads_arrive(reporter: ErrorReporter, before: Before, qtbot: QtBot) -> None:
    threads = [threading.Thread(target=fail_here) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dialog = shown(reporter, qtbot)
    assert dialog.thread() is QApplication.instance().thread()
    assert "ValueError: here" in dialog.details.toPlainText()
    close(reporter)
    assert reporter.dialog is None
    assert before.thread_errors == []


@pytest.mark.usefixtures("reporter")
def test_who_interrupts_or_leaves_is_no_error(before: Before) -> None:
    raised(interrupt)
    assert [type(error) for error in before.errors] == [KeyboardInterrupt]
    given = threading.ExceptHookArgs((SystemExit, SystemExit(), None, None))
    threading.excepthook(given)
    assert [type(error) for error in before.thread_errors] == [SystemExit]
    QApplication.processEvents()
    assert dialogs() == []


def test_after_the_end_errors_go_where_they_went_before(
    reporter: ErrorReporter, before: Before
) -> None:
    hook, thread_hook = sys.excepthook, threading.excepthook
    reporter.close()
    assert (sys.excepthook, threading.excepthook) != (hook, thread_hook)
    error = ValueError("late")
    hook(ValueError, error, None)  # from a thread that had begun to call it
    thread_hook(threading.ExceptHookArgs((ValueError, error, None, None)))
    assert before.errors == [error]
    assert before.thread_errors == [error]


def test_what_was_still_to_be_shown_is_written(
    reporter: ErrorReporter, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    raised(fail_here)
    shown(reporter, qtbot)
    raised(fail_there)
    reporter.close()
    QApplication.processEvents()
    assert "ValueError: there" in capsys.readouterr().err
    assert reporter.dialog is None


def test_a_window_that_is_gone_does_no_harm(before: Before, qapp: QApplication) -> None:
    window = QWidget()
    reporter = ErrorReporter(window)
    reporter.install()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    raised(fail_here)
    assert [str(error) for error in before.errors] == ["here"]
    sys.excepthook, threading.excepthook = reporter._before


def test_the_program_tells_of_errors_for_as_long_as_its_window_is_open(
    before: Before, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[object] = []

    class Application:
        def __init__(self, words: list[str]) -> None: ...

        def exec(self) -> int:
            hooks.extend([sys.excepthook, threading.excepthook])
            return 0

    original = sys.excepthook, threading.excepthook
    with monkeypatch.context() as patch:
        patch.setattr("PySide6.QtWidgets.QApplication", Application)
        patch.setattr("signal.signal", lambda *_: None)
        patch.setattr(window, "shut_down", lambda: None, raising=False)
        patch.setattr(app, "open_window", lambda *_: window)
        for name in ("calm_interpreter", "collect_on_this_thread", "guard"):
            patch.setattr(app, name, lambda *_: lambda: None, raising=False)
        assert app.main() == 0
    assert [getattr(hook, "__func__", None) for hook in hooks] == [
        ErrorReporter.report,
        ErrorReporter.report_thread,
    ]
    assert (sys.excepthook, threading.excepthook) == original
