"""A hand for every test of the tools."""

import pytest

from tests.helpers.hands import Hand


@pytest.fixture
def hand(qapp):
    return Hand()
