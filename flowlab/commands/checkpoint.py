"""`flowlab checkpoint`: what a file of weights is, and how it is sampled."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flowlab.commands.console import say, say_json

if TYPE_CHECKING:
    from flowlab.images.formats.records import Card, Contents


def command(args: argparse.Namespace) -> None:
    """Print the card of a checkpoint, with what was assumed; raises `Invalid` for other files."""
    from flowlab.images.formats.card import recognise
    from flowlab.images.formats.contents import read_contents

    contents = read_contents(Path(args.file))
    card = recognise(contents)
    if args.json:
        say_json(card.to_json() | {"file": str(contents.path), "layout": contents.layout})
    else:
        for line in lines_of(contents, card):
            say(line)


def lines_of(contents: Contents, card: Card) -> list[str]:
    """The card in words, a line each."""
    rows = {
        "file": f"{contents.path.name} ({contents.layout}); nothing in it was run",
        "family": card.family,
        "network": f"{card.network}, {card.parameters:,} parameters",
        "pictures": _pictures(card),
        "condition": _condition(card),
        "predicts": card.predicts,
        "time": _time(card),
        "base noise": card.base,
        "weights": _weights(card),
        "left alone": ", ".join(contents.left) or "nothing",
    }
    lines = [f"{name:12s} {words}" for name, words in rows.items()]
    if card.assumed:
        lines.append("assumed, since the file does not say it:")
    for assumption in card.assumed:
        others = ", ".join(str(o) for o in assumption.options if o != assumption.value)
        lines.append(f"  {assumption.name} = {assumption.value}: {assumption.why}"
                     + (f" (or {others})" if others else ""))  # fmt: skip
    return lines


def _pictures(card: Card) -> str:
    if card.network == "mlp":
        return "none: points in 2D"
    low, high = card.pixel_range
    return f"{card.size} x {card.size}, {card.channels} channels, values from {low:g} to {high:g}"


def _condition(card: Card) -> str:
    return f"one of {card.classes} classes" if card.condition == "class" else card.condition


def _time(card: Card) -> str:
    if card.time == "whole steps":
        return f"whole steps, T = {card.T:,}"
    words = {"unit": "0 to 1", "sigma": "the noise level σ", "log sigma": "log σ"}[card.time]
    return words + (f", times {card.T:,} in the network" if card.T > 1 else "")


def _weights(card: Card) -> str:
    words = "averaged (EMA)" if card.ema else "of the last step"
    return f"{words}, under the key {card.group!r}" if card.group else "the only ones"
