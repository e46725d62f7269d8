"""Tasks that wait for the first frame are done in order, or at once if somebody needs them."""

from __future__ import annotations

from functools import partial

from pytestqt.qtbot import QtBot

from flowlab.ui.base.afterwards import Afterwards
from tests.helpers.events import settle


def test_tasks_are_done_in_order_once_started(qapp: object, qtbot: QtBot) -> None:
    queue, done = Afterwards(), list[int]()
    queue.add(*(partial(done.append, i) for i in range(5)))
    settle()
    assert done == []
    queue.start()
    qtbot.waitUntil(lambda: len(done) == 5)
    assert done == [0, 1, 2, 3, 4]


def test_the_rest_is_done_at_once_when_needed_and_only_once(qapp: object, qtbot: QtBot) -> None:
    queue, done = Afterwards(), list[int]()
    queue.add(*(partial(done.append, i) for i in range(3)))
    queue.finish()
    assert done == [0, 1, 2]
    queue.start()
    settle()
    assert done == [0, 1, 2]


def test_a_task_may_add_another(qapp: object) -> None:
    queue, done = Afterwards(), list[str]()
    queue.add(lambda: queue.add(partial(done.append, "second")), partial(done.append, "first"))
    queue.finish()
    assert done == ["first", "second"]


def test_what_is_dropped_is_not_done(qapp: object, qtbot: QtBot) -> None:
    queue, done = Afterwards(), list[int]()
    queue.add(partial(done.append, 1))
    queue.start()
    queue.drop()
    settle()
    assert done == []
