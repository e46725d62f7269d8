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


def test_the_layers_of_the_iadb_tutorial(tmp_path: Path) -> None:
    names = ("linear1", "linear2", "linear3", "linear4", "output")
    layers = made.points_net(layers=5)
    state = {f"{names[int(n.split('.')[1]) // 2]}.{n.split('.')[2]}": t for n, t in layers.items()}
    card = card_of(tmp_path, state)
    assert (card.settings["widths"], card.settings["activation"]) == ((64,) * 4, "relu")
    assert card.predicts == "velocity"


def test_tiny_diffusion(tmp_path: Path) -> None:
    w = made.Writer()
    w.linear("joint_mlp.0", 32, 96)
    w.linear("joint_mlp.2.ff", 32, 32)
    w.linear("joint_mlp.3", 2, 32)
    card = card_of(tmp_path, w.state)
    assert (card.network, card.predicts, card.time, card.T) == ("mlp", "noise", "whole steps", 50)
    assert (card.settings["widths"], card.settings["embedding"]) == ((32, 32), 32)
    (tmp_path / "config.json").write_text('{"hidden_size": 32, "num_timesteps": 200}')
    card = card_of(tmp_path, w.state)
    assert (card.T, card.assumed) == (200, ())
