"""Where to train and to carry particles: as told, else as measured."""

from __future__ import annotations

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.learning.calibration import Place
from flowlab.work import places
from flowlab.work.places import Places


class Measured:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Network, int, int]] = []

    def for_training(self, network: Network, batch: int, *, spare: int) -> Place:
        self.asked.append((network, batch, spare))
        return Place("cpu", 3)

    def for_sampling(self) -> Place:
        return Place("cpu", 5)


def test_a_device_that_is_named_is_taken_without_measuring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "calibrated", lambda: pytest.fail("nothing is measured"))
    told = Places("cpu")
    assert told.training(Document()) == Place("cpu", 1)
    assert told.sampling_threads(busy=False) == told.sampling_threads(busy=True) == 1
    with pytest.raises(Invalid, match="no device 'abacus'"):
        Places("abacus")


def test_else_it_is_as_measured_with_one_core_left_to_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = Measured()
    monkeypatch.setattr(places, "calibrated", lambda: measured)
    found = Places()
    document = Document(network=Network(width=96), training=Training(batch=77))
    assert found.training(document) == Place("cpu", 3)
    assert measured.asked == [(document.network, 77, 1)]
    assert found.sampling_threads(busy=False) == 5
    assert found.sampling_threads(busy=True) == 1
