"""The plan of the view `noising`: data noised step by step, and noise carried back."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.drawn import in_plane, shrunk
from flowlab.core.diffusion.forward import chain
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.models import levels_for, sampler_for, schedule_of
from flowlab.core.diffusion.plan import Model, carried, dressed, law_of, model_for, nothing, thinned
from flowlab.core.diffusion.plan import evaluations as all_evaluations
from flowlab.core.diffusion.results import Jump, Strips
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import IADB, NONE
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.sde import trajectory_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions


def noising(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The way back of the first process; its `extra` has the way there as well.

    Where it can't be had, the bundle is that of `nothing`. Raises `Cancelled`.
    """
    began = time.perf_counter()
    settings, process = document.diffusion, document.diffusion.first
    try:
        model, note = model_for(document, field, options)
        backward = dressed(model, carried(model, process))
    except Invalid as why:
        return nothing(document, options, {process: str(why)})
    levels = levels_for(settings, process)
    denoiser = _denoiser(model, process)
    forward = _forward(model, denoiser, levels, len(model.x))
    extra = Strips(
        forward=dressed(model, forward),
        backward=backward,
        times=times_of(settings.panels).astype(np.float32),
        schedule=replace(
            schedule_of(document, denoiser),
            times=tuple(levels.times),
            signal=tuple(levels.signal.tolist()),
            noise=tuple(levels.noise.tolist()),
        ),
        process=process,
        exact=model.exact,
    )
    seconds = time.perf_counter() - began
    return replace(backward, extra=extra, exact_note=note, seconds=seconds)


def evaluations(document: Document) -> int:
    """How many evaluations of the network a particle of the way back takes."""
    one = replace(document.diffusion, second=NONE, third=NONE, iadb_is_ddim=False)
    return all_evaluations(replace(document, diffusion=one))


def times_of(panels: int) -> Doubles:
    """The times (P,) of so many pictures, evenly from the data at t = 1 on: k = 0, T / P ..."""
    return np.linspace(1.0, 0.0, panels, endpoint=False)[::-1]


def _denoiser(model: Model, process: str) -> Denoiser:
    if process == IADB:
        return denoiser_of(model.flow, model.document)
    sampler = sampler_for(model.document.diffusion, process)
    return model_of(model.flow, model.document, sampler)


def _forward(model: Model, denoiser: Denoiser, levels: Levels, n: int) -> Bundle:
    """The data noised from level to level; times ascend to them."""
    document = model.document
    rng = torch_rng(document.seed, Stream.NOISED_DATA)
    every = model.options.particles or document.view.particles  # as many, however few are carried
    x1, labels = build(document.target).sample_labelled(every, rng)
    taken = denoiser.taken(x1[:n])
    points = torch.stack(list(chain(denoiser, levels, taken, document.seed))).flip(0)
    run = trajectory_of(in_plane(denoiser, levels, points), levels.times, 0)
    bundle = Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().contiguous().numpy(),
        method="chain",
        extra=Jump(
            times=np.array(levels.times),
            weights=law_of(levels, denoiser)[1],
            mean=denoiser.mean.numpy(),
            root=denoiser.root.numpy(),
        ),
        labels=None if labels is None else labels[:n].numpy(),
    )
    return thinned(bundle, shrunk(levels, denoiser.data))
