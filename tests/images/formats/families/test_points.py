"""Small networks of points in 2D."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlab.images.formats.card import with_assumption
from tests.helpers import checkpoints as made
from tests.helpers.cards import card_of


@pytest.mark.parametrize(
    ("prefix", "order", "activation"),
    [("net.", "x, t", "selu"), ("v.", "t, x", "relu"), ("main.", "x, t", "silu"),
     ("model.", "t, x", "selu")],
)  # fmt: skip
def test_networks_of_points(tmp_path: Path, prefix: str, order: str, activation: str) -> None:
    card = card_of(tmp_path, made.points_net(prefix))
    assert (card.network, card.channels, card.size) == ("mlp", 2, None)
    assert (card.settings["order"], card.settings["activation"]) == (order, activation)
    assert card.settings["widths"] == (64, 64, 64)
    swapped = "t, x" if order == "x, t" else "x, t"
    assert with_assumption(card, "order", swapped).settings["order"] == swapped
