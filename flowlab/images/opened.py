"""A checkpoint opened: its card, its network with the weights, and how samplers read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.levels import Levels, alpha_bars
from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.records import Card, Contents
from flowlab.images.formats.weights import read_betas, read_weights
from flowlab.images.model import PictureModel, SigmaTime, UnitTime, WholeSteps
from flowlab.images.unets.load import build, load_strictly
from flowlab.images.unets.network import ImageNetwork

NOT_PICTURES = "This is a network of points in 2D, not of pictures."
NO_START = "It was trained on {} noise, from which FlowLab samples no pictures yet."
NO_PICTURE = "It needs a picture as its condition, which FlowLab can't give it yet."
SIDE = 32  # of pictures, where a file doesn't say it


@dataclass(frozen=True, eq=False)
class Opened:
    """A network of pictures, what is known of it, and how samplers read it."""

    card: Card
    network: ImageNetwork
    model: PictureModel
    levels: Levels | None  # of its training, from the noisiest; None where time is no whole step

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture."""
        side = self.card.size or SIDE
        return self.card.channels, side, side


def open_checkpoint(path: Path) -> Opened:
    """The model in a file, with all that is assumed of it; raises `Invalid`."""
    contents = read_contents(path)
    return open_as(contents, recognise(contents))


def open_as(contents: Contents, card: Card) -> Opened:
    """The model in a file as this card says; raises `Invalid` where it can't be sampled."""
    _check(card)
    network = load_strictly(build(card.network, card.settings), read_weights(contents, card))
    levels = levels_of(card, read_betas(contents, card))
    model = PictureModel(network, predicts_of(card), time_of(card, levels))
    return Opened(card, network, model, levels)


def _check(card: Card) -> None:
    if card.network == "mlp":
        raise Invalid(NOT_PICTURES)
    if card.condition == "picture":
        raise Invalid(NO_PICTURE)
    if card.base != "gaussian":
        raise Invalid(NO_START.format(card.base))


def predicts_of(card: Card) -> str:
    """What the network predicts, by a key of `model.PREDICTS`."""
    backwards = card.schedule.get("noise_at") == 1
    return "velocity into noise" if backwards and card.predicts == "velocity" else card.predicts


def time_of(card: Card, levels: Levels | None) -> UnitTime | WholeSteps | SigmaTime:
    """How the network is told how noisy a picture is; raises `Invalid`."""
    if levels is not None:
        return WholeSteps.of(levels)
    if card.time == "unit":
        return UnitTime(float(card.T), backwards=card.schedule.get("noise_at") == 1)
    ends = [card.schedule.get(name) for name in ("sigma_min", "sigma_max")]
    if not all(isinstance(end, int | float) and end > 0 for end in ends):
        raise Invalid("Nothing says between which sigmas it was trained.")
    return SigmaTime(float(ends[0]), float(ends[1]), log=card.time == "log sigma")  # type: ignore[arg-type]


def levels_of(card: Card, stored: Tensor | None = None) -> Levels | None:
    """The noise levels of a card whose time is in whole steps, by the `stored` betas (T,) if any.

    Raises `Invalid` for a schedule that isn't known.
    """
    if card.time != "whole steps":
        return None
    bars = _bars(card.schedule, card.T) if stored is None else _products(stored)
    k = torch.arange(len(bars) - 1, -1, -1)
    return Levels("vp", len(bars) - 1, k, bars[k].sqrt(), (1 - bars[k]).sqrt())


def _bars(schedule: Mapping[str, Any], T: int) -> Tensor:
    """abar_k (T + 1,) for k = 0 ... T."""
    kind = schedule.get("kind", "linear")
    if kind == "cosine":
        return alpha_bars("cosine", T)
    low, high = (float(schedule.get(name, value)) for name, value in _LINEAR.items())
    if kind == "linear":
        return _products(torch.linspace(low, high, T, dtype=torch.float64))
    if kind == "scaled_linear":
        return _products(torch.linspace(low**0.5, high**0.5, T, dtype=torch.float64) ** 2)
    raise Invalid(f"Its noise schedule, {kind}, is none that FlowLab knows.")


_LINEAR = {"beta_start": 1e-4, "beta_end": 0.02}


def _products(betas: Tensor) -> Tensor:
    if not bool(((betas > 0) & (betas < 1)).all()):
        raise Invalid("Its noise schedule has steps that are no noise at all, or nothing else.")
    return torch.cat([torch.ones(1, dtype=torch.float64), (1 - betas.double()).cumprod(0)])
