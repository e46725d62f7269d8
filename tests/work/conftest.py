"""An engine that ends with its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowlab.work.engine import Engine
from tests.helpers.forks import fork_engines


@pytest.fixture
def forked() -> Iterator[None]:
    """Engines' processes start at once: each is a fork of one that has read torch."""
    with pytest.MonkeyPatch.context() as patch:
        fork_engines(patch)
        yield


@pytest.fixture(autouse=True)
def _processes_start(forked: None) -> None:
    """Forked, unless a module says otherwise."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("cpu")
    yield made
    assert made.close()
