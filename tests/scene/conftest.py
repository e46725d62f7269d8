"""Flows and pictures of them, with an application to paint."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.helpers import pictures


@pytest.fixture
def scenes(qapp: object) -> ModuleType:
    return pictures
