"""`flowlab presets`: prints their names, and builds their bundled weights for a release."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowlab.commands.console import check_free, say, say_json
from flowlab.core.document.gallery import (
    preset,
    preset_earlier,
    preset_names,
    preset_state,
    preset_steps,
    preset_weights,
)
from flowlab.core.document.limits import Invalid
from flowlab.files import session
from flowlab.files.preview_panes import thinned

if TYPE_CHECKING:
    from flowlab.core.learning.weights import Weights
    from flowlab.core.views.bundle import Bundle
    from flowlab.run import Run

_STEPS = 12_000
_PREVIEW_PARTICLES = 3000
_LATE = ("notebook_ode_and_sde",)
_TIMES = np.linspace(0, 1, 11, dtype=np.float32)


def command(args: argparse.Namespace) -> None:
    """List the presets; with `--build FOLDER` train each and save it there."""
    names = preset_names()
    if args.build is not None:
        _build(names, Path(args.build), args.seconds, force=args.force)
    elif args.json:
        say_json({"presets": names})
    else:
        for name in names:
            document = preset(name)
            say(f"{name:22s} {document.source.title} → {document.target.title}")


def _build(names: list[str], folder: Path, seconds: float | None, *, force: bool) -> None:
    """Train every preset and save NAME.flowlab, with a preview if its own would come late.

    That of the first one is shown at start-up; with a large network all particles take a minute.
    """
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}.")
    for name in names:
        check_free(folder / f"{name}{session.SUFFIX}", force=force)
    import torch

    from flowlab.run import train
    from flowlab.work.weights_history import due_after

    torch.set_num_threads(1)
    for name in (name for name in names if preset_weights(name) == name):
        steps = (preset_steps(name) or _STEPS) if seconds is None else None
        kept: list[Weights] = []
        run = train(
            preset(name),
            seconds=seconds,
            steps=steps,
            device="cpu",
            due=due_after,
            keep=kept.append,
        )
        path = folder / f"{name}{session.SUFFIX}"
        preview = _preview(run, _PREVIEW_PARTICLES) if name == names[0] else None
        if name in _LATE:
            preview = thinned(_preview(run, run.document.view.particles), _TIMES)
        content = session.pack(
            run.document,
            run.weights,
            preview=preview,
            state=preset_state(name),
            losses=run.losses,
            snapshots=_even(kept, preset_earlier(name)),
        )
        path.write_bytes(content)
        say(f"{path.name}: {run.weights.step} steps, {len(content) / 1e3:.0f} kB")


def _even(kept: list[Weights], most: int) -> list[Weights]:
    """At most so many weights, even in log step, as a session stores them."""
    from flowlab.work.weights_history import halved
    from flowlab.work.weights_history import thinned as even

    return [halved(weights) for weights in even(kept, most)] if most else []


def _preview(run: Run, particles: int) -> Bundle:
    from flowlab.core.views.bundle import Bundle
    from flowlab.core.views.request import PlanOptions, plan_of

    view = replace(run.document.view, particles=particles)
    document = replace(run.document, view=view)
    options = PlanOptions(step=run.weights.step, lattice=False, field=False)
    bundle = plan_of(view.name)(document, run.field, options)
    assert isinstance(bundle, Bundle)  # the only result that a session stores
    return replace(
        bundle,
        source=bundle.source[:_PREVIEW_PARTICLES].copy(),
        target=bundle.target[:_PREVIEW_PARTICLES].copy(),
    )
