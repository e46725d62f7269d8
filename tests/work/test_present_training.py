"""Trainings that belong to states of the document: left, taken up again, and bounded in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowlab.core.document.document import Document
from flowlab.core.document.learned import flow_of
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Gaussian, Moons
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord, Weights
from flowlab.work.present_training import Following, PresentTraining
from flowlab.work.shelf import Shelf, Shelved
from flowlab.work.status import Recorder
from tests.helpers.trainers import SMALL

WIDE = replace(SMALL, network=Network(width=12, depth=1))
MOVED = replace(SMALL, source=Gaussian(offset_x=1.0))
OF_MOONS = replace(SMALL, target=Moons())
EMPTY = replace(SMALL, target=Drawing())


@pytest.fixture
def present() -> PresentTraining:
    made = PresentTraining(lambda _: Place("cpu", 1))
    follow(made, SMALL, Branch(0), fresh=True)
    return made


def follow(
    present: PresentTraining, document: Document, branch: Branch, *, fresh: bool = False
) -> None:
    present.follow(Following(document, branch, fresh=fresh))


def train(present: PresentTraining, steps: int) -> Weights:
    """Train some steps; the weights then."""
    assert present.trainer is not None
    for _ in range(steps):
        made = present.trainer.advance(1)
        present.recorder.add(made.step, made.mse, made.quadratic, 0.5)
    return now(present)


def now(present: PresentTraining) -> Weights:
    model = present.model()
    assert model is not None
    return model.weights


def equal(one: Weights, two: Weights) -> bool:
    assert one.raw is not None
    assert two.raw is not None
    pairs = [(one.arrays, two.arrays), (one.raw, two.raw)]
    return one.step == two.step and all(np.array_equal(a[k], b[k]) for a, b in pairs for k in b)


def test_other_data_begin_with_the_weights_so_far_and_leave_them_to_their_own(
    present: PresentTraining,
) -> None:
    before = train(present, 3)
    follow(present, MOVED, Branch(1, parent=0))
    assert equal(now(present), before)
    after = train(present, 2)
    assert after.step == 5
    follow(present, SMALL, Branch(0))
    assert equal(now(present), before)
    np.testing.assert_array_equal(present.recorder.history().steps, [1, 2, 3])
    follow(present, MOVED, Branch(1, parent=0))
    assert equal(now(present), after)
    np.testing.assert_array_equal(present.recorder.history().steps, [1, 2, 3, 4, 5])


def test_fresh_weights_are_a_branch_without_a_parent(present: PresentTraining) -> None:
    before = train(present, 3)
    follow(present, SMALL, Branch(1))
    assert equal(now(present), Trainer(SMALL).weights())
    follow(present, SMALL, Branch(0))
    assert equal(now(present), before)


def test_a_shape_that_cannot_be_trained_leaves_the_weights_to_the_next(
    present: PresentTraining,
) -> None:
    before = train(present, 3)
    with pytest.raises(ValueError, match="drawing is empty"):
        follow(present, EMPTY, Branch(1))
    assert present.branch == 0
    assert equal(now(present), before)
    with pytest.raises(ValueError, match="drawing is empty"):
        follow(present, EMPTY, Branch(2, parent=1))
    follow(present, MOVED, Branch(3, parent=2))
    assert present.branch == 3
    follow(present, SMALL, Branch(0))
    assert equal(now(present), before)


def test_opening_another_document_keeps_the_training_before(present: PresentTraining) -> None:
    before = train(present, 3)
    follow(present, WIDE, Branch(7), fresh=True)
    assert now(present).step == 0
    follow(present, SMALL, Branch(0))
    assert equal(now(present), before)


def test_facts_name_every_training_and_the_seconds_of_its_own(present: PresentTraining) -> None:
    train(present, 4)
    follow(present, MOVED, Branch(1, parent=0))
    train(present, 2)
    follow(present, WIDE, Branch(2))
    facts = {run.number: run for run in present.runs}
    assert list(facts) == [0, 1, 2]
    assert [(run.step, run.own_seconds) for run in facts.values()] == [(4, 2.0), (6, 1.0), (0, 0.0)]
    assert facts[2].loss is None
    assert [run.own_steps for run in facts.values()] == [4, 2, 0]
    losses = present.shelf.trainings[1].recorder.history()
    own = losses.mse[losses.steps > 4]
    assert 0 < len(own) < len(losses.mse)
    assert facts[1].loss == pytest.approx(own.mean())  # not of what its parent learned


def test_what_another_engine_needs_of_a_training_brings_its_weights_back(
    present: PresentTraining,
) -> None:
    before = train(present, 3)
    follow(present, WIDE, Branch(1))
    kept = present.shelf.trainings[0].kept
    other = PresentTraining(lambda _: Place("cpu", 1))
    other.shelf.put(Shelved.of(kept))
    follow(other, WIDE, Branch(1), fresh=True)
    follow(other, SMALL, Branch(0))
    assert equal(now(other), before)
    np.testing.assert_array_equal(other.recorder.history().steps, [1, 2, 3])


def test_a_pending_document_that_is_passed_over_leaves_its_parent_to_the_next() -> None:
    first = Following(MOVED, Branch(1, parent=0))
    then = Following(OF_MOONS, Branch(2, parent=1))
    assert then.replaces(first)
    assert then.after(first).branch == Branch(2, parent=0)


def test_an_opened_record_is_followed_before_another_branch() -> None:
    record = TrainingRecord(weights=Trainer(SMALL).weights())
    opened = Following(SMALL, Branch(1), record, fresh=True)
    assert not Following(MOVED, Branch(2, parent=1)).replaces(opened)
    assert Following(MOVED, Branch(1)).replaces(opened)
    assert Following(MOVED, Branch(1)).after(opened).record is record


STATES = (SMALL, MOVED, OF_MOONS, WIDE, replace(WIDE, source=Gaussian(offset_x=1.0)))
MOVES = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(STATES)),
    st.tuples(st.just("reset"), st.none()),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
    st.tuples(st.just("train"), st.integers(1, 3)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MOVES, max_size=14))
def test_any_edits_undone_and_redone_find_the_weights_they_were_left_with(
    moves: list[tuple[str, object]],
) -> None:
    present = PresentTraining(lambda _: Place("cpu", 1))
    follow(present, SMALL, Branch(0), fresh=True)
    states, at, left = [(SMALL, Branch(0))], 0, dict[int, Weights]()
    parents: dict[int, int | None] = {}
    for number, (move, what) in enumerate(moves, 1):
        document, branch = states[at]
        if move == "train":
            left[branch.number] = train(present, what)  # type: ignore[arg-type]
            continue
        if move in ("edit", "reset"):
            after = document if move == "reset" else what
            assert isinstance(after, Document)
            warm = move == "edit" and flow_of(after) == flow_of(document)
            child = Branch(number, branch.number if warm else None)
            states, at = [*states[: at + 1], (after, child)], at + 1
            parents[number] = child.parent
        else:
            at = min(max(at + (1 if move == "redo" else -1), 0), len(states) - 1)
        document, branch = states[at]
        follow(present, document, branch)
        model = present.model()
        assert model is not None
        assert (model.document, model.branch) == (document, branch.number)
        known = branch.number
        while known not in left and parents.get(known) is not None:
            known = parents[known]  # a branch that never trained is where its parent is
        assert same_parameters(model.weights, left.get(known) or Trainer(document).weights())


def same_parameters(one: Weights, two: Weights) -> bool:
    """Equal but for the preconditioning, which other data may have changed."""
    names = [name for name in two.arrays if not name.startswith("standard")]
    return one.step == two.step and all(
        np.array_equal(one.arrays[name], two.arrays[name]) for name in names
    )


# --- the shelf -----------------------------------------------------------------------------------


def shelved(number: int) -> Shelved:
    trainer = Trainer(SMALL)
    trainer.advance(1)
    checkpoint, recorder = trainer.checkpoint(), Recorder()
    recorder.add(1, 1.0, 1.0, 0.1)
    return Shelved(number=number, document=SMALL, checkpoint=checkpoint, recorder=recorder)


def test_beyond_its_memory_the_oldest_lose_their_optimiser_first_and_then_themselves() -> None:
    size = shelved(0).checkpoint.nbytes
    light = shelved(0).checkpoint.without_optimiser().nbytes
    shelf = Shelf(memory=2 * size + light)
    for number in range(3):
        shelf.put(shelved(number))
    assert [bool(len(kept.checkpoint.memory)) for kept in shelf.trainings.values()] == [
        False,
        True,
        True,
    ]
    for number in range(3, 30):
        shelf.put(shelved(number))
    assert sum(kept.checkpoint.nbytes for kept in shelf.trainings.values()) <= 2 * size + light
    assert max(shelf.trainings) == 29
    assert shelf.trainings[29].checkpoint.memory
    assert 0 not in shelf.trainings


def test_the_last_training_stays_however_large() -> None:
    shelf = Shelf(memory=1)
    shelf.put(shelved(0))
    shelf.put(shelved(1))
    assert list(shelf.trainings) == [1]
    assert shelf.trainings[1].checkpoint.memory
