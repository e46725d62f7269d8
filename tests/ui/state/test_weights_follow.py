"""Property: whatever is edited, undone and redone, the weights that come are the document's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.learned import weighed
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.training import Training
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.weights import Weights
from flowlab.ui.state.document_store import DocumentStore
from flowlab.work.present_training import Following, PresentTraining
from tests.helpers.trainers import SMALL

EDITS = {
    "seed": lambda d: d.with_parts(seed=d.seed + 1),
    "count": lambda d: d.with_parts(target=Ring(count=3 if d.target == Ring(count=4) else 4)),
    "moons": lambda d: d.with_parts(target=Moons()),
    "moved": lambda d: d.with_parts(source=Gaussian(offset_x=1.5)),
    "width": lambda d: d.with_parts(network=Network(width=12, depth=1)),
    "depth": lambda d: d.with_parts(network=Network(width=8, depth=2)),
    "rate": lambda d: d.with_parts(training=replace(d.training, learning_rate=3e-3)),
    "coupling": lambda d: d.with_parts(coupling=Coupling(kind="ot", batch=16)),
    "grid": lambda d: d.with_parts(view=replace(d.view, show_grid=not d.view.show_grid)),
    "room": lambda d: d.with_parts(view=replace(d.view, name="chain")),
}
ACTS = st.lists(
    st.one_of(
        st.sampled_from(sorted(EDITS)),
        st.sampled_from(["undo", "undo", "redo", "reset", "train", "train", "settle", "run"]),
    ),
    max_size=22,
)
START = replace(SMALL, target=Ring(count=3), training=Training(batch=32))


class Bench:
    """The window's store and the engine's training, without what lies between them."""

    def __init__(self) -> None:
        self.store = DocumentStore(START)
        self.present = PresentTraining(lambda _: Place("cpu", 1))
        self.left: dict[int, tuple[Document, Weights]] = {}  # trainings that took a step
        self.parents: dict[int, int | None] = {}
        self.store.changed.connect(lambda *_: self.follow())
        self.follow()

    def follow(self) -> None:
        branch = self.store.branch
        if branch.number not in self.parents or branch.parent is not None:
            self.parents[branch.number] = branch.parent
        self.present.follow(Following(self.store.document, branch))

    def act(self, what: str, k: int) -> None:
        if what in EDITS:
            self.store.edit(EDITS[what](self.store.document), f"Change {what}", what)
        elif what == "train":
            self.train()
        elif what == "reset":
            self.store.begin_again("Reset")
        elif what == "run":
            numbers = sorted(self.left)
            known = [n for n in numbers if self.store.document_of(n) is not None]
            if known:
                self.store.take_up(known[k % len(known)], "Open a run")
        elif what == "settle":
            self.store.settle()
        else:
            getattr(self.store.stack, what)()

    def train(self) -> None:
        assert self.present.trainer is not None
        made = self.present.trainer.advance(1)
        self.present.recorder.add(made.step, made.mse, made.quadratic, 0.1)
        self.left[self.store.branch.number] = self.store.document, self.weights

    @property
    def weights(self) -> Weights:
        model = self.present.model()
        assert model is not None
        return model.weights

    def expected(self) -> Weights | None:
        """What the branch's own training, or else the nearest it came from, was left with."""
        number: int | None = self.store.branch.number
        while number is not None and number not in self.left:
            number = self.parents.get(number)
        return None if number is None else self.left[number][1]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTS)
@example(["count", "count", "train", "count"])  # a training that was seen before its parent's step
def test_weights_and_document_stay_together(qapp: object, acts: list[str]) -> None:
    bench = Bench()
    for k, act in enumerate(acts):
        bench.act(act, k)
        model, document = bench.present.model(), bench.store.document
        assert model is not None
        assert model.branch == bench.store.branch.number
        assert weighed(model.document) == weighed(document)
        assert model.document.training == document.training
        known = bench.expected()
        assert bench.weights.step == (0 if known is None else known.step)
        assert known is None or same(bench.weights, known)


def same(one: Weights, two: Weights) -> bool:
    """Equal but for the preconditioning, which follows the data."""
    names = [name for name in two.arrays if not name.startswith("standard")]
    return all(np.array_equal(one.arrays[name], two.arrays[name]) for name in names)
