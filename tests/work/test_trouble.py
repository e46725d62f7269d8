"""What may be wrong with an engine, in sentences."""

from __future__ import annotations

import time

from flowlab.work import trouble


def test_a_cause_is_told_with_one_full_stop_and_a_cure() -> None:
    for words in ("no memory", "no memory.", "no memory..."):
        found = trouble.could_not_start(RuntimeError(words))
        assert found.sentence == f"The engine could not start: no memory. {trouble.SAFE}"
        assert (found.cure, found.stops) == (trouble.RESTART, True)


def test_only_what_may_yet_go_on_does_not_stop() -> None:
    silent, late = trouble.silent(61.7), trouble.not_started(30.0)
    assert silent.sentence == "The engine has not answered for 62 seconds."
    assert late.sentence == "The engine has not started for 30 seconds."
    assert (silent.stops, late.stops) == (False, True)
    assert silent.cure == late.cure == trouble.RESTART


def test_a_replacement_is_told_for_a_while() -> None:
    began = time.monotonic()
    found = trouble.replaced(12_345)
    assert "at step 12,345." in found.sentence
    assert not found.stops
    assert began < found.until - trouble.TOLD_SECONDS <= time.monotonic()
    assert trouble.LOST.until == float("inf")
    assert (trouble.LOST.cure, trouble.LOST_AGAIN.cure) == ("", trouble.RESTART)
