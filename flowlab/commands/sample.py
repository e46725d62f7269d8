"""`flowlab sample`: where the particles of a trained flow arrive."""

from __future__ import annotations

import argparse
import io
import warnings
from pathlib import Path

import numpy as np

from flowlab.commands.console import PRESET, opened, run_of, say, say_json, writable
from flowlab.core.diffusion.settings import OPTIONS
from flowlab.core.document.limits import Invalid
from flowlab.core.views.lost import LostParticles

_DIFFUSION = (*OPTIONS, "guidance", "label", "interval")


def command(args: argparse.Namespace) -> None:
    """Carry N samples along the flow of RUN and write where they arrive, (N, 2) float32."""
    content = opened(args.run, bundled=True)
    path = writable(args.output or free_name(args.run), (".npy",), force=args.force)
    from flowlab.core.learning.devices import pick_device
    from flowlab.files import atomic
    from flowlab.scripting import sample

    run = run_of(content, args.run, pick_device(args.device))
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always", LostParticles)
        bundle = sample(
            run,
            args.n,
            method=args.method,
            steps=args.steps,
            seed=args.seed,
            direction=args.direction,
            eps=args.eps,
            eps_shape=args.eps_shape,
            **{name: value for name, value in vars(args).items() if name in _DIFFUSION},
        )
    _refuse_lost(remarks)
    arrived = bundle.points[-1 if args.direction == "forward" else 0]
    stream = io.BytesIO()
    np.save(stream, arrived)
    atomic.write(path, stream.getvalue())
    figures = {"n": len(arrived), "evaluations": bundle.evaluations, "seed": args.seed}
    if args.json:
        say_json(figures | {"output": str(path)})
    else:
        say(f"{len(arrived)} points written to {path}, {bundle.evaluations} evaluations each")


def free_name(run: str) -> str:
    """A name in the current folder, made from that of the run, where no file is yet."""
    from flowlab.files.free_name import file_stem, free_path

    stem = file_stem(Path(run.removeprefix(PRESET)).stem)
    return str(free_path(Path(f"{stem}-samples.npy")))


def _refuse_lost(remarks: list[warnings.WarningMessage]) -> None:
    """Raise `Invalid` where particles left the plane; show other warnings as usual."""
    for remark in remarks:
        if issubclass(remark.category, LostParticles):
            raise Invalid(str(remark.message))
        warnings.warn_explicit(remark.message, remark.category, remark.filename, remark.lineno)
