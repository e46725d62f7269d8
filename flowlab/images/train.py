"""`python -m flowlab.images.train`: trains a network on pictures, and writes what FlowLab opens."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.images.digits import SIDES, Pictures, digits
from flowlab.images.folder_pictures import pictures_in
from flowlab.images.saving import card_of, checkpoint_bytes
from flowlab.images.trainer import PictureTrainer, Recipe
from flowlab.images.unets.initialise import initialised
from flowlab.images.unets.load import build
from flowlab.images.unets.network import ImageNetwork

DIGITS = "digits"
RECIPES = {
    "iadb": Recipe(kind="iadb"),
    "ddpm": Recipe(kind="ddpm"),
    "text002": Recipe(kind="ddpm", loss="l1", T=300, batch=128, label_dropout=0.0),
}
IADB = {  # its U-Net for faces: 113.7 M parameters with three channels
    "block_out_channels": (128, 128, 256, 256, 512, 512),
    "down_block_types": (*["DownBlock2D"] * 4, "AttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "AttnUpBlock2D", *["UpBlock2D"] * 4),
}
_BLOCK = 10  # steps between two looks at the clock
_SAVE = 60.0  # seconds between two files on the way


@dataclass(frozen=True)
class Task:
    """What is trained, on what, for how long, and where it goes."""

    data: Pictures
    network: str
    recipe: Recipe
    output: Path
    steps: int
    seed: int = 0
    told: str = DIGITS  # of the data, in the file's facts

    @property
    def classes(self) -> int:
        """How many classes the network is told; FlowLab's own alone takes any."""
        known = int(self.data.labels.max()) + 1
        return known if self.network == "digits" and known > 1 else 0


def settings_of(task: Task) -> dict[str, Any]:
    """What the network is built with, for the channels and classes of its pictures."""
    channels = task.data.pictures.shape[1]
    both = {"in_channels": channels, "out_channels": channels}
    if task.network == "simple_unet":
        return {"channels": channels}
    if task.network == "iadb":
        return both | IADB
    told = {"time_scale": 1.0} if task.recipe.kind == "ddpm" else {}
    return both | told | {"classes": task.classes}


def network_of(task: Task) -> ImageNetwork:
    """The network with its initial weights; raises `Invalid`."""
    name = "unet2d" if task.network == "iadb" else task.network
    network = build(name, settings_of(task))
    return initialised(network, torch_rng(task.seed, Stream.PICTURE_WEIGHTS))


def train(task: Task, tell: Callable[[str], None] = lambda _: None) -> PictureTrainer:
    """Train for the steps of the task, writing the file now and then and at the end."""
    trainer = PictureTrainer(
        network_of(task), task.data, task.recipe, classes=task.classes, seed=task.seed
    )
    began = due = time.monotonic()
    while trainer.step < task.steps:
        loss = trainer.advance(min(_BLOCK, task.steps - trainer.step))
        now = time.monotonic()
        tell(f"step {trainer.step:,} of {task.steps:,}, loss {loss:.4f}, {now - began:.0f} s")
        if now - due > _SAVE:
            due = now
            save(task, trainer, now - began)
    save(task, trainer, time.monotonic() - began)
    return trainer


def save(task: Task, trainer: PictureTrainer, seconds: float) -> None:
    """Write the averaged network; what was there is replaced as a whole."""
    network, side = trainer.averaged, task.data.pictures.shape[-1]
    assert isinstance(network, ImageNetwork)
    card = card_of(network, settings_of(task), task.recipe, side, task.network)
    facts = {
        "data": task.told, "steps": trainer.step, "seed": task.seed, "seconds": round(seconds),
        "batch": task.recipe.batch, "learning_rate": task.recipe.learning_rate,
        "loss": task.recipe.loss,
    }  # fmt: skip
    beside = task.output.with_name(f"{task.output.name}.part")
    beside.write_bytes(checkpoint_bytes(network, card, facts))
    os.replace(beside, task.output)


def task_of(given: Sequence[str]) -> Task:
    """The task of a command line; raises `Invalid`."""
    parser = argparse.ArgumentParser(prog="python -m flowlab.images.train", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder of pictures, or digits")
    parser.add_argument("--size", type=int, default=28, help="the side of the pictures, in pixels")
    parser.add_argument("--grey", action="store_true", help="one channel instead of three")
    parser.add_argument("--network", choices=["digits", "simple_unet", "iadb"], default="digits")
    parser.add_argument("--recipe", choices=list(RECIPES), default="iadb")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    args = parser.parse_args(given)
    if args.output.suffix != ".safetensors":
        raise Invalid("The name of the output must end in .safetensors.")
    if args.data == DIGITS and args.size not in SIDES:
        raise Invalid("The digits have a side of 14, 16, 28 or 32 pixels.")
    data = (
        digits("train", args.size)
        if args.data == DIGITS
        else pictures_in(Path(args.data), args.size, 1 if args.grey else 3)
    )
    told = DIGITS if args.data == DIGITS else f"{len(data):,} pictures of a folder"
    return Task(data, args.network, RECIPES[args.recipe], args.output, args.steps, args.seed, told)


def main(given: Sequence[str] | None = None) -> int:
    """Train as the arguments say; returns the exit code, 2 for bad input."""
    try:
        train(task_of(sys.argv[1:] if given is None else given), _say)
    except Invalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
