"""The ring of weight snapshots: which steps are kept, in how much memory, and as what."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import Weights
from flowlab.work import weights_history as ring
from flowlab.work.weights_history import (
    LEAST,
    MEMORY,
    MOST,
    WeightsHistory,
    compact,
    due_after,
    halved,
    size_of,
)

DOCUMENT = Document()


def weights(step: int, numbers: int = 100, value: float = 0.5) -> Weights:
    matrix = np.full((numbers, 1), value, np.float32)
    return Weights(step=step, arrays={"w": matrix}, raw={"w": matrix.copy()})


def steps_due(last: int) -> list[int]:
    steps = [0]
    while steps[-1] < last:
        steps.append(due_after(steps[-1]))
    return steps


def filled(last: int, numbers: int = 100) -> WeightsHistory:
    kept = WeightsHistory()
    for step in steps_due(last):
        kept.add(DOCUMENT, weights(step, numbers))
    return kept


def test_the_first_steps_are_close_and_later_ones_eight_to_a_doubling() -> None:
    first = [0, 1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256]
    assert steps_due(256) == first
    for power in range(9, 20):
        assert sum(2**power <= s < 2 ** (power + 1) for s in steps_due(2**20)) == 8


@given(st.integers(0, 10**9))
def test_what_is_due_next_comes_soon_wherever_training_pauses(step: int) -> None:
    later = due_after(step)
    assert step < later <= 2 * step + 1
    assert later <= max(64, 1.25 * step)
    assert all(due_after(between) == later for between in range(step, min(later, step + 50)))


def test_a_full_ring_keeps_its_ends_and_is_even_in_log_step() -> None:
    last = steps_due(10**9)[-1]
    kept = filled(10**9).steps
    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (0, last)
    late = [s for s in kept if s >= 64]
    gaps = [math.log(b / a) for a, b in itertools.pairwise(late)]
    assert max(gaps) < 4.5 * min(gaps)


@pytest.mark.parametrize("numbers", [100, 60_000, 600_000, 3_000_000])
def test_memory_is_bounded_whatever_the_network(numbers: int) -> None:
    kept = filled(5_000, numbers).snapshots
    each = max(moment.nbytes for moment in kept)
    assert sum(moment.nbytes for moment in kept) <= max(MEMORY, LEAST * each)
    assert len(kept) >= LEAST
    assert kept[0].step == 0
    assert kept[-1].step == steps_due(5_000)[-1]


def test_small_networks_are_kept_as_they_are_and_large_ones_in_half_precision() -> None:
    small, large = weights(3), weights(3, 2_000_000)
    assert compact(small) is small
    kept = compact(large)
    assert kept.raw is None
    assert size_of(kept) * 4 == size_of(large)
    averaged = compact(weights(3, 50_000))
    assert averaged.raw is None
    assert averaged.arrays["w"].dtype == np.float32


def test_half_precision_is_near_and_spares_what_it_cannot_hold() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "w": rng.normal(size=(80, 80)).astype(np.float32),
        "huge": np.full((80, 80), 1e6, np.float32),
        "bias": np.ones(3, np.float32),
    }
    found = halved(Weights(arrays=arrays)).arrays
    assert [found[name].dtype for name in arrays] == [np.float16, np.float32, np.float32]
    np.testing.assert_allclose(found["w"].astype(np.float32), arrays["w"], rtol=2**-10, atol=1e-7)


def test_a_moment_gives_back_single_precision() -> None:
    half = halved(weights(3, 1000))
    back = ring.Snapshot(DOCUMENT, half).model(DOCUMENT).weights
    assert back.arrays["w"].dtype == np.float32
    np.testing.assert_array_equal(back.arrays["w"], 0.5)


def test_going_on_from_an_earlier_step_forgets_the_later_ones() -> None:
    kept = filled(40)
    kept.add(DOCUMENT, weights(17, value=0.25))
    assert kept.steps == (0, 1, 2, 4, 8, 16, 17)
    np.testing.assert_array_equal(kept.snapshots[-1].weights.arrays["w"], 0.25)


def test_the_nearest_moment_is_found() -> None:
    kept = filled(64)
    found = [kept.nearest(step) for step in (-3, 40, 43, 45, 1000)]
    assert [moment and moment.step for moment in found] == [0, 40, 40, 48, 64]
    assert WeightsHistory().nearest(3) is None


def test_a_real_network_of_the_default_size_is_kept_whole() -> None:
    weights = Trainer(Document(network=Network())).weights()
    assert compact(weights).raw is not None
    assert size_of(weights) < 200_000
