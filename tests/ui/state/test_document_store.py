from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from flowlab.core.document.document import Document
from flowlab.ui.state.document_store import DocumentStore


@pytest.fixture
def store(qapp: object) -> DocumentStore:
    return DocumentStore(Document())


def seeded(seed: int) -> Document:
    return Document(seed=seed)


def test_a_drag_is_one_step_and_undo_returns_to_before_it(store: DocumentStore) -> None:
    for seed in (1, 2, 3):
        store.edit(seeded(seed), "Change seed", "seed")
    assert store.stack.count() == 1
    store.stack.undo()
    assert store.document == Document()
    store.stack.redo()
    assert store.document == seeded(3)


def test_settling_ends_the_gesture(store: DocumentStore) -> None:
    store.edit(seeded(1), "Change seed", "seed")
    store.settle()
    store.edit(seeded(2), "Change seed", "seed")
    assert store.stack.count() == 2


def test_other_edits_do_not_merge(store: DocumentStore) -> None:
    store.edit(seeded(1), "Change seed", "seed")
    solver = replace(store.document.solver, steps=3)
    store.edit(replace(store.document, solver=solver), "Change solver", "solver")
    assert store.stack.count() == 2


def test_a_drag_back_to_the_start_leaves_no_step(store: DocumentStore) -> None:
    store.edit(seeded(1), "Change seed", "seed")
    store.edit(Document(), "Change seed", "seed")
    assert store.stack.count() == 0
    assert store.document == Document()


def test_listeners_hear_before_and_after(store: DocumentStore) -> None:
    heard: list[tuple[int, int]] = []
    store.changed.connect(lambda a, b: heard.append((a.seed, b.seed)))
    store.edit(seeded(4), "Change seed")
    store.edit(seeded(4), "Nothing new")
    store.stack.undo()
    assert heard == [(0, 4), (4, 0)]


def test_replacing_forgets_the_history(store: DocumentStore) -> None:
    store.edit(seeded(4), "Change seed")
    store.replace(seeded(9))
    assert store.document.seed == 9
    assert not store.stack.canUndo()
    assert store.stack.isClean()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 50), st.sampled_from(["undo", "redo", "settle"]))))
def test_the_history_behaves_like_a_list(qapp: object, acts: list[int | str]) -> None:
    store, past, future = DocumentStore(Document()), [0], []
    for act in acts:
        if act == "undo":
            store.stack.undo()
            if len(past) > 1:
                future.append(past.pop())
        elif act == "redo":
            store.stack.redo()
            if future:
                past.append(future.pop())
        elif act == "settle":
            store.settle()
        elif act != past[-1]:
            store.edit(seeded(int(act)), "Change seed")
            past, future = [*past, int(act)], []
        assert store.document.seed == past[-1]
