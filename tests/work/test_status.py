"""The loss curve stays bounded, keeps its mean, and is never changed once handed out."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.work.status import Recorder, history_of


def test_a_short_history_is_kept_as_it_is() -> None:
    recorder = Recorder()
    for i in range(1, 11):
        recorder.add(16 * i, 1.0 / i, -1.0 / i, 0.01)
    history = recorder.history()
    np.testing.assert_array_equal(history.steps, 16 * np.arange(1, 11))
    np.testing.assert_allclose(history.mse, 1 / np.arange(1, 11), rtol=1e-6)
    np.testing.assert_allclose(history.quadratic, -1 / np.arange(1, 11), rtol=1e-6)


def test_a_long_history_is_thinned_evenly() -> None:
    recorder = Recorder()
    for i in range(1, 10_001):
        recorder.add(i, float(i), 0.0, 1e-4)
    history = recorder.history()
    assert 1000 <= len(history.steps) <= 2000
    gaps = np.diff(history.steps)
    np.testing.assert_allclose(gaps, gaps[0])
    np.testing.assert_allclose(history.mse, history.steps)  # each row the mean of its blocks
    assert history.steps[-1] > 10_000 - 2 * gaps[0]


def test_what_was_handed_out_stays() -> None:
    recorder = Recorder()
    recorder.add(1, 2.0, 3.0, 0.1)
    history = recorder.history()
    recorder.add(2, 4.0, 5.0, 0.1)
    assert len(history.steps) == 1


def test_the_rate_is_of_the_last_second() -> None:
    recorder = Recorder()
    assert recorder.rate == 0.0
    for i in range(1, 201):
        recorder.add(10 * i, 0.0, 0.0, 0.1)  # 100 steps a second
    for i in range(1, 31):
        recorder.add(2000 + 100 * i, 0.0, 0.0, 0.1)  # then 1000
    assert recorder.rate == pytest.approx(1000)
    assert recorder.seconds == pytest.approx(23.0)


def test_the_losses_say_from_which_step_on_they_are_of_the_present_problem() -> None:
    recorder = Recorder()
    for step in range(1, 41):
        recorder.add(step, float(step), 0.0, 0.1)
    assert "since" not in recorder.history().losses
    assert recorder.history().latest.tolist() == list(range(21, 41))
    recorder.since = 35
    again = history_of(recorder.history().losses)
    assert again.since == 35
    assert again.latest.tolist() == [36, 37, 38, 39, 40]
    recorder.since = 40
    assert not len(recorder.history().latest)
