"""Large arrays cross the border of a process whole, in slices, and ready to be read."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any

import numpy as np
import pytest

from flowlab.core.views.bundle import Bundle
from flowlab.work import pipe_transport as parcel


def _crossed(value: object) -> tuple[int, str, Any]:
    here, there = multiprocessing.Pipe()
    sender = threading.Thread(target=parcel.Sender(there).send, args=(7, "bundle", value))
    sender.start()
    found = parcel.Receiver(here).receive()
    sender.join()
    here.close()
    there.close()
    return found


@pytest.mark.parametrize("count", [10, 300_000])
@pytest.mark.parametrize("compact", [False, True])
def test_a_bundle_arrives_as_it_was_sent(count: int, compact: bool) -> None:
    rng = np.random.default_rng(0)
    times = np.linspace(0, 1, 3, dtype=np.float32)
    points = rng.normal(size=(3, count, 2)).astype(np.float32)
    sent = Bundle(times=times, points=points, knot_velocities=2 * points, method="rk4")
    sent = sent.compact() if compact else sent
    epoch, word, found = _crossed(sent)
    assert (epoch, word, found.method) == (7, "bundle", "rk4")
    for t in (0.0, 0.3, 1.0):
        assert np.array_equal(found.at(t), sent.at(t))


def test_no_piece_on_the_line_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = multiprocessing.connection.Connection._send_bytes  # type: ignore[attr-defined]

    def noted(self: Any, data: Any) -> None:
        sizes.append(len(data))
        real(self, data)

    monkeypatch.setattr(multiprocessing.connection.Connection, "_send_bytes", noted)
    found = _crossed({"a": np.arange(2_000_000), "b": np.arange(5)})[2]
    assert np.array_equal(found["a"], np.arange(2_000_000))
    assert len(sizes) == 1 + 16_000_000 // (1 << 20) + 1
    assert max(sizes) <= 1 << 20


def _line() -> tuple[parcel.Sender, parcel.Receiver]:
    here, there = multiprocessing.Pipe()
    return parcel.Sender(there), parcel.Receiver(here)


def _through(line: tuple[parcel.Sender, parcel.Receiver], value: object) -> Any:
    thread = threading.Thread(target=line[0].send, args=(1, "bundle", value))
    thread.start()
    found = line[1].receive()[2]
    thread.join()
    return found


def _frozen(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values


def test_a_frozen_array_crosses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = multiprocessing.connection.Connection._send_bytes  # type: ignore[attr-defined]

    def noted(self: Any, data: Any) -> None:
        sizes.append(len(data))
        real(self, data)

    monkeypatch.setattr(multiprocessing.connection.Connection, "_send_bytes", noted)
    line, stays = _line(), _frozen(np.arange(300_000.0))
    for turn in range(3):
        changes = np.full(300_000, float(turn))
        found = _through(line, {"stays": stays, "changes": changes})
        assert np.array_equal(found["stays"], stays)
        assert np.array_equal(found["changes"], changes)
        assert not found["stays"].flags.writeable
    assert 4 * 2_400_000 < sum(sizes) < 4 * 2_400_000 + 10_000  # once, and three times


def test_an_array_that_may_be_written_is_sent_anew() -> None:
    line, values = _line(), np.zeros(100_000)
    assert _through(line, values).max() == 0
    values[:] = 3
    assert _through(line, values).min() == 3


def test_what_is_not_named_for_long_is_forgotten_at_both_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parcel, "_CACHED", 4_000_000)
    line = _line()
    for turn in range(12):
        assert _through(line, _frozen(np.full(100_000, float(turn)))).max() == turn
    assert sum(size for _, _, size in line[0]._known.values()) <= 4_000_000
    assert line[1]._known.keys() == {number for _, number, _ in line[0]._known.values()}
