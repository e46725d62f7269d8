"""An engine that ends with its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowlab.work.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("cpu")
    yield made
    assert made.close()
