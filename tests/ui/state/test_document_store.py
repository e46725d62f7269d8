from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Ring
from flowlab.ui.state.document_store import DocumentStore

WIDE = Network(width=128)


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


# --- the trainings that belong to its states ----------------------------------------------------


def of(store: DocumentStore) -> int:
    return store.branch.number


def test_what_weights_do_not_depend_on_keeps_the_training(store: DocumentStore) -> None:
    number = of(store)
    store.edit(seeded(3), "Change seed")
    training = replace(store.document.training, learning_rate=1e-4)
    store.edit(replace(store.document, training=training), "Change learning rate")
    assert of(store) == number


def test_other_weights_belong_to_another_training_and_undo_returns_to_the_first(
    store: DocumentStore,
) -> None:
    first = of(store)
    store.edit(store.document.with_parts(network=WIDE), "Change width")
    second = of(store)
    assert second != first
    assert store.branch.parent is None  # fresh weights
    store.stack.undo()
    assert of(store) == first
    store.stack.redo()
    assert of(store) == second


def test_other_data_of_the_same_kind_go_on_with_the_weights(store: DocumentStore) -> None:
    first = of(store)
    store.edit(store.document.with_parts(target=Ring(count=3)), "Change count")
    assert store.branch.parent == first
    assert of(store) != first


def test_a_setting_that_is_set_back_finds_its_training(store: DocumentStore) -> None:
    first, document = of(store), store.document
    store.edit(document.with_parts(network=WIDE), "Change width")
    wide = of(store)
    store.edit(document, "Change width")
    assert of(store) == first
    store.edit(document.with_parts(network=WIDE, target=Ring(count=3)), "Change both")
    assert store.branch.parent == wide  # the last one of such a flow


def test_a_gesture_begins_one_training_and_back_at_its_start_none(store: DocumentStore) -> None:
    first, document = of(store), store.document
    numbers = []
    for count in (3, 4, 5):
        store.edit(document.with_parts(target=Ring(count=count)), "Change count", "count")
        numbers.append(of(store))
    assert len(set(numbers)) == 1
    assert store.branch.parent == first
    store.edit(document, "Change count", "count")
    assert of(store) == first
    assert store.stack.count() == 0


def test_fresh_weights_are_a_step_that_undo_takes_back_alone(store: DocumentStore) -> None:
    store.edit(seeded(3), "Change seed")
    first, heard = of(store), []
    store.changed.connect(lambda a, b: heard.append((a.seed, b.seed)))
    store.begin_again("Reset the weights")
    assert of(store) != first
    assert store.branch.parent is None
    assert heard == [(3, 3)]
    store.stack.undo()
    assert (of(store), store.document.seed) == (first, 3)
    store.stack.redo()
    assert of(store) != first


def test_an_earlier_training_is_taken_up_with_its_document(store: DocumentStore) -> None:
    first, document = of(store), store.document
    store.edit(document.with_parts(network=WIDE), "Change width")
    wide = of(store)
    store.replace(document.with_parts(seed=9))
    assert of(store) not in (first, wide)
    store.take_up(wide, "Open a run")
    assert (of(store), store.document.network) == (wide, WIDE)
    store.stack.undo()
    assert store.document.seed == 9


def test_forgotten_trainings_have_no_document(store: DocumentStore) -> None:
    first, document = of(store), store.document
    store.edit(document.with_parts(network=WIDE), "Change width")
    store.forget_all_but(set())
    assert store.document_of(first) is None
    assert store.document_of(of(store)) == store.document


GLANCES: list[dict[str, object]] = [
    {"name": "chain"},
    {"shows": "exact"},
    {"shows": "difference", "name": "trajectories"},
    {"show_grid": True, "show_density": True, "show_particles": False},
    {"show_pairs": True, "show_raw": True, "show_ends": False},
    {"layout": "side", "colour": "speed", "field": "arrows"},
    {"condition": 2, "highlighted": 3, "trail": 0.5},
]


@pytest.mark.parametrize("glance", GLANCES, ids=lambda glance: " ".join(glance))
def test_a_glance_is_no_step_and_undo_keeps_it(
    store: DocumentStore, glance: dict[str, object]
) -> None:
    store.edit(seeded(3), "Change seed")
    view = replace(store.document.view, **glance)  # type: ignore[arg-type]
    heard: list[Document] = []
    store.changed.connect(lambda _, now: heard.append(now))
    store.edit(replace(store.document, view=view), "Show something else", "view")
    assert heard == [Document(view=view, seed=3)]
    assert store.stack.count() == 1
    store.stack.undo()
    assert store.document == Document(view=view)
    store.stack.redo()
    assert store.document == Document(view=view, seed=3)


def test_the_number_of_particles_is_a_step(store: DocumentStore) -> None:
    few = replace(store.document.view, particles=300, show_grid=True)
    store.edit(replace(store.document, view=few), "Change view")
    store.stack.undo()
    assert store.document.view == replace(few, particles=Document().view.particles)


def test_how_a_field_is_shown_is_no_step_but_which_chain_is_followed_is_one(
    store: DocumentStore,
) -> None:
    shown = replace(store.document.blending, picture="arrows", show_error=True, field="exact")
    store.edit(replace(store.document, blending=shown), "Change view")
    assert not store.stack.canUndo()
    store.edit(replace(store.document, blending=replace(shown, followed=5)), "Follow a chain")
    store.stack.undo()
    assert store.document.blending == shown


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
