"""What a script finds under `flowlab.metrics`."""

from __future__ import annotations

import pytest

import flowlab
from flowlab.core import metrics

NAMES = [name for name in metrics.__all__ if name != "Cloud"]  # a name for a type
FUNCTIONS = [name for name in NAMES if name[0].islower()]


def test_metrics_are_those_of_the_core() -> None:
    assert flowlab.metrics is metrics


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(metrics, name).__doc__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_stands_in_the_overview(name: str) -> None:
    words = metrics.__doc__ or ""
    assert f"`{name}`" in words or name == "sliced_w2_floor"  # one of `noise_floor`'s
