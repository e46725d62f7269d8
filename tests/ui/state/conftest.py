"""A clock that a test sets."""

from __future__ import annotations

import pytest

from tests.helpers.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()
