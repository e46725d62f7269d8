"""What is timed from launch, in a fresh process."""

from __future__ import annotations

import os

from flowlab.bench import real_window


def test_a_start_has_its_stages_in_order_and_the_processor_time_of_the_first() -> None:
    figures = real_window._one_start_up()
    assert 0 < figures["first frame"] <= figures["moving preset"] <= figures["engine ready"]
    spent = figures["first frame, processor time"]
    assert 0.05 < spent < (os.cpu_count() or 1) * figures["moving preset"]
