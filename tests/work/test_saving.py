"""Which snapshots of training are saved: few, even in log step, and chosen at little cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Moons, Ring
from flowlab.core.learning.weights import Weights
from flowlab.files.session import SNAPSHOTS
from flowlab.work.saving import Thinner
from flowlab.work.weights_history import WeightsHistory, due_after

DOCUMENT = Document(target=Moons())
OTHER = replace(DOCUMENT, target=Ring())


def weights(step: int) -> Weights:
    return Weights(step=step, arrays={"bias": np.zeros(3, np.float32)})


def grown(ring: WeightsHistory, document: Document, until: int) -> None:
    while (step := due_after(ring.steps[-1] if ring.steps else 0)) <= until:
        ring.add(document, weights(step))


def test_a_growing_ring_stays_even_in_log_step() -> None:
    ring, thinner = WeightsHistory(), Thinner()
    while (step := due_after(ring.steps[-1] if ring.steps else 0)) <= 1_000_000:
        ring.add(DOCUMENT, weights(step))
        chosen = thinner.chosen(DOCUMENT, ring.snapshots)
        assert len(chosen) == min(len(ring.snapshots), SNAPSHOTS)
        assert {id(moment) for moment in chosen} <= {id(moment) for moment in ring.snapshots}
        assert (chosen[0], chosen[-1]) == (ring.snapshots[0], ring.snapshots[-1])
        steps = [moment.step for moment in chosen]
        assert steps == sorted(set(steps))
        assert max((b / a for a, b in pairwise(steps)), default=1) <= 2.5
        assert thinner.chosen(DOCUMENT, ring.snapshots) is chosen


def test_other_shapes_have_snapshots_of_their_own() -> None:
    ring, thinner = WeightsHistory(), Thinner()
    grown(ring, DOCUMENT, 4_000)
    assert len(thinner.chosen(DOCUMENT, ring.snapshots)) == SNAPSHOTS
    assert thinner.chosen(OTHER, ring.snapshots) == ()
    grown(ring, OTHER, 20_000)
    own = thinner.chosen(OTHER, ring.snapshots)
    assert {moment.document for moment in own} == {OTHER}
    assert own[0].step > 4_000
    assert len(thinner.chosen(DOCUMENT, ring.snapshots)) > len(own)


def test_another_training_leaves_nothing_of_the_one_before() -> None:
    first, second, thinner = WeightsHistory(), WeightsHistory(), Thinner()
    grown(first, DOCUMENT, 4_000)
    thinner.chosen(DOCUMENT, first.snapshots)
    grown(second, DOCUMENT, 500)
    assert {id(m) for m in thinner.chosen(DOCUMENT, second.snapshots)} <= {
        id(m) for m in second.snapshots
    }
