"""What the window knows of an engine elsewhere: only news of what is open, and the newest."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.learning.branch import Branch
from flowlab.core.learning.weights import Checkpoint, TrainingRecord, Weights
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Probe, Samples
from flowlab.work.kept import KeptTraining, Published, RunFacts
from flowlab.work.mirror import Mirror
from flowlab.work.queries import QUERIES, Answer
from flowlab.work.status import Status

DOCUMENT = Document(network=Network(width=8))
OTHER = Network(width=16)


def weights(step: int) -> Weights:
    return Weights(step=step, seconds=step / 10, arrays={"a": np.full(3, float(step))})


def bundle(step: int = 0) -> Bundle:
    return Bundle(
        times=np.array([0, 1], np.float32), points=np.zeros((2, 3, 2), np.float32), step=step
    )


@pytest.fixture
def mirror() -> Mirror:
    made = Mirror(QUERIES)
    made.begin(DOCUMENT, None)
    return made


def publish(mirror: Mirror, step: int, network: Network = DOCUMENT.network) -> None:
    published = Published(0, network, weights(step))
    mirror.take(mirror.epoch, "published", (published, {"step": np.arange(3.0)}))


def test_news_of_an_earlier_document_are_dropped(mirror: Mirror) -> None:
    before = mirror.epoch
    mirror.begin(DOCUMENT, None)
    assert mirror.epoch == before + 1
    mirror.take(before, "bundle", bundle(1))
    mirror.take(before, "status", Status(step=4))
    assert mirror.bundle is None
    assert mirror.status.step == 0
    mirror.take(mirror.epoch, "bundle", bundle(2))
    mirror.take(mirror.epoch, "status", Status(step=5))
    assert mirror.bundle is not None
    assert (mirror.bundle.step, mirror.status.step) == (2, 5)


def test_opening_forgets_all_but_the_device_and_what_is_of_no_document(mirror: Mirror) -> None:
    mirror.take(mirror.epoch, "status", Status(step=5, device="a device"))
    mirror.take(mirror.epoch, "bundle", bundle())
    mirror.take(mirror.epoch, "pinned", bundle())
    publish(mirror, 3)
    probe = Probe(points=np.zeros((1, 2)))
    mirror.take(mirror.epoch, "answer", Answer(1, probe, bundle()))
    mirror.take(mirror.epoch, "answer", Answer(2, Samples("key", Gaussian()), np.zeros((2, 2))))
    assert set(mirror.answers) == {(Probe, None), (Samples, "key")}
    mirror.begin(DOCUMENT, None)
    assert (mirror.bundle, mirror.pinned, mirror.published, mirror.record()) == (None,) * 4
    assert (mirror.status.step, mirror.status.device) == (0, "a device")
    assert set(mirror.answers) == {(Samples, "key")}


def test_a_record_that_was_opened_is_known_at_once() -> None:
    mirror = Mirror(QUERIES)
    losses = {"step": np.array([1.0, 5.0]), "mse": np.ones(2), "quadratic": -np.ones(2)}
    moments = [weights(1), weights(3)]
    mirror.begin(DOCUMENT, TrainingRecord(weights=weights(5), losses=losses, snapshots=moments))
    assert (mirror.status.step, mirror.status.seconds) == (5, 0.5)
    np.testing.assert_array_equal(mirror.status.history.steps, [1, 5])
    record = mirror.record()
    assert record is not None
    assert record.weights.step == 5
    assert [moment.step for moment in record.snapshots] == [1, 3]
    assert mirror.record(DOCUMENT.network) is not None
    assert mirror.record(OTHER) is None


def test_moments_come_piece_by_piece_and_go_when_they_are_not_named(mirror: Mirror) -> None:
    publish(mirror, 8)
    network = DOCUMENT.network
    mirror.take(mirror.epoch, "snapshots", (network, (1, 2), {1: weights(1), 2: weights(2)}))
    mirror.take(mirror.epoch, "snapshots", (network, (2, 4, 6), {4: weights(4)}))
    record = mirror.record()
    assert record is not None
    assert [moment.step for moment in record.snapshots] == [2, 4]  # 6 was never sent


def test_moments_of_another_network_are_not_saved_with_these_weights(mirror: Mirror) -> None:
    publish(mirror, 8)
    mirror.take(mirror.epoch, "snapshots", (OTHER, (1,), {1: weights(1)}))
    record = mirror.record()
    assert record is not None
    assert record.snapshots == ()


def kept(number: int, step: int) -> KeptTraining:
    checkpoint = Checkpoint(
        weights=weights(step), memory=(), optimiser_steps=0, averaged=0, rng=np.zeros(1)
    )
    return KeptTraining(number=number, document=DOCUMENT, checkpoint=checkpoint)


def facts(*numbers: int) -> tuple[RunFacts, ...]:
    return tuple(RunFacts(number=k, step=1, seconds=0.1, own_seconds=0.1) for k in numbers)


def test_weights_are_saved_only_with_the_training_that_they_are_of(mirror: Mirror) -> None:
    publish(mirror, 8)
    assert mirror.record(DOCUMENT.network, Branch(0)) is not None
    assert mirror.record(DOCUMENT.network, Branch(3, parent=0)) is not None  # its first weights
    assert mirror.record(DOCUMENT.network, Branch(3)) is None  # after a reset
    mirror.take(mirror.epoch, "kept", kept(3, 20))
    record = mirror.record(DOCUMENT.network, Branch(3))
    assert record is not None
    assert record.weights.step == 20


def test_a_kept_training_outlives_its_document_and_goes_when_the_engine_drops_it(
    mirror: Mirror,
) -> None:
    mirror.take(mirror.epoch, "kept", kept(3, 20))
    mirror.take(mirror.epoch, "kept", kept(4, 30))
    mirror.take(mirror.epoch, "status", Status(runs=facts(3, 4, 5)))
    mirror.begin(DOCUMENT, None, Branch(5))
    assert set(mirror.kept) == {3, 4}
    mirror.take(mirror.epoch, "status", Status(runs=facts(4, 5)))
    assert set(mirror.kept) == {4}


def test_answers_are_taken_unless_cancelled_or_of_another_document(mirror: Mirror) -> None:
    probe, samples = Probe(points=np.zeros((1, 2))), Samples("key", Gaussian())
    mirror.cancel(Probe, 3)
    mirror.take(mirror.epoch, "answer", Answer(3, probe, bundle()))
    assert (Probe, None) not in mirror.answers
    mirror.take(mirror.epoch, "answer", Answer(4, probe, bundle(9)))
    assert mirror.answers[Probe, None].value.step == 9
    mirror.take(mirror.epoch - 1, "answer", Answer(5, probe, bundle(1)))
    assert mirror.answers[Probe, None].number == 4
    mirror.take(mirror.epoch - 1, "answer", Answer(6, samples, np.zeros((2, 2))))
    assert mirror.answers[Samples, "key"].number == 6  # of no document


def test_what_came_through_a_pipe_is_read_only_again(mirror: Mirror) -> None:
    came = bundle()
    assert isinstance(came.points, np.ndarray)
    came.points.flags.writeable = True
    mirror.take(mirror.epoch, "bundle", came)
    array = np.zeros((2, 2))
    mirror.take(mirror.epoch, "answer", Answer(1, Samples("key", Gaussian()), array))
    assert mirror.bundle is not None
    for value in (mirror.bundle.points, mirror.answers[Samples, "key"].value):
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 1
