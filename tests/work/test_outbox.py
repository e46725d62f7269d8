"""Wishes on their way: in order, short however long nobody listens, and the sum of them."""

from __future__ import annotations

import threading
from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.work.outbox import Outbox
from flowlab.work.wanted import Wanted


def names(outbox: Outbox) -> list[str]:
    taken = [outbox.take() for _ in range(len(outbox))]
    return [wish[0] for wish in taken if wish is not None]


def test_wishes_keep_their_order() -> None:
    outbox = Outbox()
    for name in ("open", "train", "apply", "pause", "apply", "step"):
        outbox.put(name)
    assert names(outbox) == ["open", "train", "apply", "pause", "apply", "step"]


def test_of_what_is_seen_and_of_edits_in_a_row_the_newest_alone_is_sent() -> None:
    outbox = Outbox()
    for k in range(1000):
        for name in ("apply", "watch", "look", "probe"):
            outbox.put(name, (k,))
    sent = [outbox.take() for _ in range(len(outbox))]
    assert sorted(sent) == sorted((n, (999,)) for n in ("apply", "watch", "look", "probe"))


def test_opening_makes_earlier_wishes_about_a_document_pointless() -> None:
    outbox = Outbox()
    for name in ("apply", "train", "request_cloud", "measure", "look", "open", "train"):
        outbox.put(name)
    assert names(outbox) == ["request_cloud", "measure", "open", "train"]


def test_a_taker_waits_and_is_let_go_by_closing() -> None:
    outbox, found = Outbox(), []
    thread = threading.Thread(target=lambda: found.extend([outbox.take(), outbox.take()]))
    thread.start()
    outbox.put("train")
    outbox.close()
    thread.join(5)
    assert not thread.is_alive()
    assert found[-1] is None


def test_what_is_wanted_is_what_a_new_engine_has_to_be_told() -> None:
    wanted, document = Wanted(), Document()
    for name, *arguments in (
        ("open", document, None),
        ("measure", ("w2",)),
        ("request_cloud", "moons", 1),
        ("train",),
        ("look_back", 8),
        ("apply", replace(document, seed=2)),
        ("watch", 0.5),
    ):
        wanted.note(str(name), tuple(arguments))
    assert wanted.document == replace(document, seed=2)
    assert wanted.training
    told = [("measure", (("w2",),)), ("watch", (0.5,)), ("request_cloud", ("moons", 1))]
    assert wanted.once_more(training=True) == [*told, ("train", ())]
    assert wanted.of_moments() == [("look_back", (8,))]
    assert wanted.of_moments() == []


def test_another_document_is_neither_trained_nor_looked_back_to() -> None:
    wanted = Wanted()
    for name, *arguments in (("train",), ("pin", 3), ("look_back", 8), ("open", Document(), None)):
        wanted.note(str(name), tuple(arguments))
    assert not wanted.training
    assert wanted.once_more(training=False) == []
    assert wanted.of_moments() == []
