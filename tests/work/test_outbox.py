"""Wishes on their way: in order, short however long nobody listens, and the sum of them."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.learning.branch import FIRST, Branch
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.query import Probe, Query, Reflow, Samples
from flowlab.work.outbox import Outbox
from flowlab.work.queries import QUERIES, Asked
from flowlab.work.wanted import Wanted
from flowlab.work.wishes import Wish, wish_of

MOONS = Samples("moons", named("moons"))
LOOK = LensQuery(0.0, 0.0, 0.5, 0.1)


def wish(name: str, *arguments: object) -> Wish:
    return wish_of(QUERIES, name, arguments)


def ask(query: Query[object], number: int = 1) -> Wish:
    return wish("take_up", Asked(number, query))


def said(wish: Wish) -> tuple[object, ...]:
    """A wish in short: a question by itself."""
    asked = wish.name == "take_up"
    return (wish.arguments[0].query,) if asked else (wish.name, *wish.arguments)


def names(outbox: Outbox) -> list[object]:
    taken = [outbox.take() for _ in range(len(outbox))]
    return [said(letter.wish)[0] for letter in taken if letter is not None]


def test_wishes_keep_their_order() -> None:
    outbox = Outbox()
    for name in ("open", "train", "apply", "pause", "apply", "step"):
        outbox.put(wish(name))
    assert names(outbox) == ["open", "train", "apply", "pause", "apply", "step"]


def test_of_what_is_seen_and_of_edits_in_a_row_the_newest_alone_is_sent() -> None:
    outbox = Outbox()
    probe = Probe(np.zeros((1, 2), np.float32))
    for k in range(1000):
        for name in ("apply", "watch"):
            outbox.put(wish(name, k))
        for query in (LOOK, probe):
            outbox.put(ask(query, k))
    sent = [letter.wish for _ in range(len(outbox)) if (letter := outbox.take()) is not None]
    assert sorted(wish.arguments for wish in sent[:2]) == [(999,), (999,)]
    assert [wish.arguments[0].number for wish in sent[2:]] == [999, 999]
    assert [wish.arguments[0].query for wish in sent[2:]] == [LOOK, probe]


def test_questions_of_other_keys_do_not_replace_each_other() -> None:
    outbox, ring = Outbox(), replace(MOONS, key="ring")
    for query in (MOONS, ring, MOONS):
        outbox.put(ask(query))
    assert names(outbox) == [ring, MOONS]


def test_opening_makes_earlier_wishes_about_a_document_pointless() -> None:
    outbox = Outbox()
    for each in (
        wish("apply"), wish("train"), ask(MOONS), wish("measure"), ask(LOOK), wish("open"),
        wish("train"),
    ):  # fmt: skip
        outbox.put(each)
    assert names(outbox) == [MOONS, "measure", "open", "train"]


def test_a_taker_waits_and_is_let_go_by_closing() -> None:
    outbox, found = Outbox(), []
    thread = threading.Thread(target=lambda: found.extend([outbox.take(), outbox.take()]))
    thread.start()
    outbox.put(wish("train"))
    outbox.close()
    thread.join(5)
    assert not thread.is_alive()
    assert found[-1] is None


def test_what_is_wanted_is_what_a_new_engine_has_to_be_told() -> None:
    wanted, document = Wanted(), Document()
    for each in (
        wish("open", document, None, Branch(3)),
        wish("measure", ("w2",)),
        ask(MOONS),
        ask(LOOK),
        ask(Reflow()),
        wish("train"),
        wish("look_back", 8),
        wish("apply", replace(document, seed=2), Branch(4, 3)),
        wish("watch", 0.5),
    ):
        wanted.note(each)
    assert (wanted.document, wanted.branch) == (replace(document, seed=2), Branch(4, 3))
    assert wanted.documents == {3: document, 4: replace(document, seed=2)}
    assert wanted.training
    told = [("measure", ("w2",)), ("watch", 0.5), (MOONS,), (LOOK,), ("train",)]
    assert [said(each) for each in wanted.once_more(training=True)] == told
    assert [said(each) for each in wanted.for_snapshots()] == [("look_back", 8)]
    assert wanted.for_snapshots() == []
    wanted.note(wish("cancel", LensQuery))
    assert (LOOK,) not in [said(each) for each in wanted.once_more(training=False)]


def test_another_document_is_neither_trained_nor_looked_back_to() -> None:
    wanted = Wanted()
    for each in (
        wish("train"), wish("pin", 3), wish("look_back", 8), ask(LOOK),
        wish("open", Document(), None, FIRST),
    ):  # fmt: skip
        wanted.note(each)
    assert not wanted.training
    assert wanted.once_more(training=False) == []
    assert wanted.for_snapshots() == []
