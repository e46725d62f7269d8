"""Choosing by measurement: the quickest place, and the simplest where it makes no difference."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.network import Network
from flowlab.core.document.recipes import NOTEBOOK, RECIPES
from flowlab.core.learning import calibration
from flowlab.core.learning.calibration import SIZES, Calibration, Place, Timing, measured


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_cores", lambda: 8)


def _calibration(**seconds: tuple[float, ...]) -> Calibration:
    """Timings of each size at a few places, named by device and threads."""
    places = {name: Place(name.rstrip("0123456789"), int(name.lstrip("cpuda"))) for name in seconds}
    timings = tuple(
        Timing(*size, place.device, place.threads, seconds[name][i])
        for i, size in enumerate(SIZES)
        for name, place in places.items()
    )
    sampling = tuple(t for t in timings if (t.width, t.batch) == SIZES[0])
    return Calibration("a machine", timings, sampling)


def test_each_size_of_network_goes_where_it_was_quickest() -> None:
    found = _calibration(cpu1=(1.0, 9.0, 40.0), cpu7=(2.0, 4.0, 20.0), cuda1=(3.0, 3.8, 5.0))
    assert found.for_training(Network(), 240) == Place("cpu", 1)
    assert found.for_training(Network(width=128), 1024) == Place("cpu", 7)
    network, training = RECIPES[NOTEBOOK]
    assert found.for_training(network, training.batch) == Place("cuda", 1)


def test_a_core_is_left_to_the_window_and_a_gain_of_a_few_percent_is_none() -> None:
    found = _calibration(cpu1=(1.0,) * 3, cpu7=(0.5,) * 3, cpu8=(0.3,) * 3)
    assert found.for_training(Network(), 240).threads == 8
    assert found.for_training(Network(), 240, spare=1).threads == 7
    level = _calibration(cpu1=(1.0,) * 3, cpu8=(0.95,) * 3)
    assert level.for_training(Network(), 240).threads == level.for_sampling().threads == 1


def test_sampling_stays_on_the_processor() -> None:
    assert _calibration(cpu1=(1.0,) * 3, cuda1=(0.1,) * 3).for_sampling() == Place("cpu", 1)


def test_measuring_tries_every_size_and_leaves_the_threads_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration, "_cores", lambda: 2)
    before = torch.get_num_threads()
    found = measured(seconds=0.05)
    assert torch.get_num_threads() == before
    assert {(t.width, t.batch) for t in found.training} == set(SIZES)
    assert {t.threads for t in found.sampling if t.device == "cpu"} == {1, 2}
    assert all(t.seconds > 0 for t in found.training + found.sampling)
