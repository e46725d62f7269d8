"""Cards of files that a test saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from flowlab.images.formats.card import Card, recognise
from flowlab.images.formats.contents import read_contents

OPTIMISER = {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 1e-3}]}


def card_of(path: Path, content: Any, name: str = "a.pt") -> Card:
    """The card of this content, saved in a folder under that name."""
    torch.save(content, path / name)
    return recognise(read_contents(path / name))


def assumed(card: Card, name: str) -> Any:
    """What a card assumes of something."""
    return next(a for a in card.assumed if a.name == name)
