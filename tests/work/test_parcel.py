"""Large arrays cross the border of a process whole, in slices, and ready to be read."""

from __future__ import annotations

import multiprocessing
import threading
from typing import Any

import numpy as np
import pytest

from flowlab.core.bundle import Bundle
from flowlab.work import parcel


def _crossed(value: object) -> tuple[int, str, Any]:
    here, there = multiprocessing.Pipe()
    sender = threading.Thread(target=parcel.send, args=(there, 7, "bundle", value))
    sender.start()
    found = parcel.receive(here)
    sender.join()
    here.close()
    there.close()
    return found


@pytest.mark.parametrize("count", [10, 300_000])
@pytest.mark.parametrize("compact", [False, True])
def test_a_bundle_arrives_as_it_was_sent(count: int, compact: bool) -> None:
    dice = np.random.default_rng(0)
    times = np.linspace(0, 1, 3, dtype=np.float32)
    points = dice.normal(size=(3, count, 2)).astype(np.float32)
    sent = Bundle(times=times, points=points, slopes=2 * points, method="rk4")
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
