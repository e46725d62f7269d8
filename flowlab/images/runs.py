"""Pictures from a checkpoint: noise of a seed, carried by a sampler, as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.diffusion.levels import levels_of
from flowlab.core.document.arguments import name_of, seed_of, whole
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import CALLS
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.images.methods import METHODS, SOLVERS
from flowlab.images.opened import Opened
from flowlab.images.sampling import MOST_STEPS, Guard, Look, ddim, even_times, flow

MOST = 4096  # pictures at once


@dataclass(frozen=True, kw_only=True)
class PictureRun:
    """How pictures are sampled: so many, of this class (None: of all), by which steps."""

    n: int = 64
    method: str = "heun"
    steps: int = 32
    seed: int = 0
    label: int | None = None
    guard: Guard | None = None

    def __post_init__(self) -> None:
        """Raises `Invalid` for numbers and names that make no sense."""
        whole(self.n, "n, how many pictures,", 1, MOST)
        whole(self.steps, "steps", 1, MOST_STEPS)
        name_of(self.method, METHODS, "method")
        seed_of(self.seed)

    @property
    def evaluations(self) -> int:
        """How often the network is asked for each picture, at most."""
        return self.steps * CALLS.get(self.method, 1)


def looks(model: Opened, run: PictureRun) -> Iterator[Look]:
    """The pictures from noise to data, in the range of the model's own; raises `Invalid`."""
    x, label = start_of(model, run), labels_of(model, run)
    with torch.no_grad():
        if run.method in SOLVERS:
            times = even_times(run.steps)
            yield from flow(model.model, x, times, solver=run.method, label=label, guard=run.guard)
            return
        levels = model.levels or levels_of(T=1000)
        rng = torch_rng(run.seed, Stream.PICTURE_STEPS)
        yield from ddim(
            model.model,
            x,
            levels.visited(min(run.steps, levels.T)),
            eta=float(run.method == "ddpm"),
            rng=rng,
            label=label,
            guard=run.guard,
        )


def start_of(model: Opened, run: PictureRun) -> Tensor:
    """The noise (n, c, h, w); the first pictures are the same for any number."""
    rng = torch_rng(run.seed, Stream.PICTURE_STARTS)
    return torch.stack([torch.randn(model.shape, generator=rng) for _ in range(run.n)])


def labels_of(model: Opened, run: PictureRun) -> Tensor | None:
    """The class (n,) told of each picture: the chosen one, or all in turn; None without classes."""
    card = model.card
    if card.condition != "class":
        if run.label is not None:
            raise Invalid("This network knows no classes: leave the label out.")
        return None
    if run.label is None:
        return torch.arange(run.n) % card.classes
    label = whole(run.label, f"The label, of {card.classes:,} classes,", 0, card.classes - 1)
    return torch.full((run.n,), label)
