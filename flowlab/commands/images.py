"""`flowlab images`: pictures from a checkpoint, as a grid or as they come out of the noise."""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from flowlab.commands.console import remark, say, say_json, writable
from flowlab.core.array_types import Bytes

if TYPE_CHECKING:
    from flowlab.images.opened import Opened
    from flowlab.images.runs import PictureRun

STILL, MOVING = (".png",), (".gif", ".webp", ".mp4")
LEAST_SIDE = 480  # pixels of the grid; smaller pictures are enlarged by whole factors
FPS, HELD = 12.0, 12  # pictures a second, and how many times the last one is shown


def command(args: argparse.Namespace) -> None:
    """Sample pictures and write their grid, or all of their way; raises `Invalid`."""
    path = writable(args.output, (*STILL, *MOVING), force=args.force)
    from flowlab.images.opened import open_checkpoint
    from flowlab.images.runs import PictureRun

    run = PictureRun(
        n=args.n, method=args.method, steps=args.steps, seed=args.seed, label=args.label
    )
    model = open_checkpoint(Path(args.file))
    began = time.perf_counter()
    frames = _frames(model, run, every=path.suffix in MOVING)
    seconds = time.perf_counter() - began
    _write(path, frames)
    figures = {"n": run.n, "evaluations": run.evaluations, "seed": run.seed}
    if args.json:
        say_json(figures | {"family": model.card.family, "output": str(path), "seconds": seconds})
    else:
        how = f"{run.evaluations} calls of the network each, {seconds:.1f} s"
        say(f"{run.n} pictures by {model.card.family} written to {path}, {how}")
    for assumption in model.card.assumed:
        remark(f"assumed: {assumption.name} = {assumption.value}, since {assumption.why}")


def _frames(model: Opened, run: PictureRun, *, every: bool) -> list[Bytes]:
    """The grid at each step, or at the last one alone."""
    from flowlab.images.grid import as_bytes, tiled
    from flowlab.images.runs import looks

    frames: list[Bytes] = []
    for look in looks(model, run):
        sheet = tiled(as_bytes(look.x, model.card.pixel_range))
        scale = max(1, round(LEAST_SIDE / max(sheet.shape[:2])))
        frames = [*(frames if every else []), _even(sheet.repeat(scale, 0).repeat(scale, 1))]
    return frames


def _even(sheet: Bytes) -> Bytes:
    """The sheet with even sides, as videos need them."""
    pad = [(0, side % 2) for side in sheet.shape[:2]]
    return np.pad(sheet, [*pad, (0, 0)], mode="edge")


def _write(path: Path, frames: list[Bytes]) -> None:
    from flowlab.files import atomic

    if path.suffix == ".mp4":
        _write_mp4(path, frames)
        return
    pictures, stream = [Image.fromarray(frame) for frame in frames], io.BytesIO()
    if path.suffix in STILL:
        pictures[-1].save(stream, "PNG")
    else:
        times = [round(1000 / FPS)] * (len(frames) - 1) + [round(1000 * HELD / FPS)]
        pictures[0].save(
            stream,
            path.suffix[1:].upper(),
            save_all=True,
            append_images=pictures[1:],
            duration=times,
            loop=0,
        )
    atomic.write(path, stream.getvalue())


def _write_mp4(path: Path, frames: list[Bytes]) -> None:
    from PySide6.QtGui import QImage

    from flowlab.scene.export.encoders import write_mp4

    every = [*frames, *[frames[-1]] * HELD]
    height, width = frames[0].shape[:2]
    images = (
        QImage(
            np.ascontiguousarray(frame).data, width, height, 3 * width, QImage.Format.Format_RGB888
        ).convertToFormat(QImage.Format.Format_RGB32)
        for frame in every
    )
    write_mp4(path, images, (width, height), FPS, len(every))
