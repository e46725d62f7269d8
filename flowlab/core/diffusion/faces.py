"""The plan of the view `faces`: one model as noise, denoised point, score and velocity."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Floats
from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.denoiser import Faces as FaceValues
from flowlab.core.diffusion.drawn import undrawn
from flowlab.core.diffusion.face_results import FaceMaps
from flowlab.core.diffusion.lattice import axes_around, on_lattice, some_of
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.models import sampler_for, schedule_of
from flowlab.core.diffusion.plan import law_of
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import DDPM, DENOISED, FACES, NOISE
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import why_no_diffusion
from flowlab.core.document.limits import Invalid
from flowlab.core.estimates import Estimate, mean_estimate, root_estimate
from flowlab.core.exact import extended_field, oracle_for, why_none
from flowlab.core.learning.conditioning import class_shown, one_class_at_a_time
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.core.views.cache import LruCache
from flowlab.core.views.field_frames import occupied_cells
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.marginal_samples import marginals_along
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_COLUMNS = 26  # cells along the longer side


@dataclass(frozen=True)
class _Size:
    times: int
    samples: int  # of p_t at each


_FULL, _COARSE = _Size(33, 1000), _Size(9, 200)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the faces are evaluated, and the exact ones there; no training changes them."""

    levels: Levels
    xs: Floats
    ys: Floats
    masks: Bools  # (T, H, W), cells where mass passes
    points: list[Tensor]  # at each level cells, then samples of p_t, as the diffusion has them
    exact: list[FaceValues] | None  # at the same points


_places: LruCache[_Places] = LruCache(4)


@one_class_at_a_time
def faces(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """All faces of a model at levels that lie evenly in t; the bundle's `extra` is the `FaceMaps`.

    The bundle has no particles. Raises `Cancelled`, or `Invalid` where the source isn't the noise
    of a diffusion model.
    """
    began = time.perf_counter()
    if why := why_no_diffusion(document):
        raise Invalid(why)
    flow, exact, note = flow_shown(document, field)
    every = at_all_levels(document)
    model = model_of(flow, every, sampler_for(every.diffusion, DDPM))
    size = _COARSE if options.coarse and is_new(document) else _FULL
    key = _key(document, size)
    places = _places.get(key, lambda: _placed(every, model, size, options))
    extra = _maps(model, every, places, exact=exact, options=options)
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=extra,
        exact_note=note,
        seconds=time.perf_counter() - began,
        **ends_of(document, options),
    )


def is_new(document: Document) -> bool:
    """True if the exact faces aren't cached; then a coarse answer should come first."""
    return _key(document, _FULL) not in _places


def _key(document: Document, size: _Size) -> tuple[object, ...]:
    known = document.diffusion
    sigmas = known.ve_least, known.ve_most
    levels = known.T, known.schedule, known.kind, known.standardise, sigmas
    ends = document.source, document.target, document.path, document.coupling
    return *ends, document.seed, levels, size


def at_all_levels(document: Document) -> Document:
    """The document whose samplers visit every level."""
    settings = document.diffusion
    return replace(document, diffusion=replace(settings, steps=settings.T))


def _placed(document: Document, model: Denoiser, size: _Size, options: PlanOptions) -> _Places:
    every = sampler_for(document.diffusion, DDPM).levels
    times, rows = law_of(every, model)
    samples = marginals_along(document.source, document.target, times, rows, document.seed)
    levels = some_of(every, size.times)
    clouds = [samples.at(t)[0] for t in levels.times]
    xs, ys = axes_around(np.concatenate(clouds), _COLUMNS)
    masks = np.stack([occupied_cells(cloud, xs, ys) for cloud in clouds])
    centres = np.stack(np.meshgrid(xs, ys), -1)
    drawn = [
        torch.from_numpy(np.concatenate([centres[mask], cloud[: size.samples]]))
        for mask, cloud in zip(masks, clouds, strict=True)
    ]
    points = undrawn(model, levels, drawn)
    oracle = oracle_for(document)
    if oracle is None:
        return _Places(levels, xs, ys, masks, points, None)
    exact = replace(model, field=extended_field(oracle))
    known = [_evaluated(exact, levels, k, x, options) for k, x in enumerate(points)]
    return _Places(levels, xs, ys, masks, points, known)


def _evaluated(
    model: Denoiser, levels: Levels, k: int, x: Tensor, options: PlanOptions
) -> FaceValues:
    stop_if(options.cancelled)
    return model.faces(x, float(levels.signal[k]), float(levels.noise[k]))


@dataclass(frozen=True, eq=False)
class _Level:
    """What is known of one level."""

    arrows: dict[str, Floats]  # (cells, 2)
    size: dict[str, float]
    errors: dict[str, Estimate]
    away: dict[str, Floats]  # (cells,), learned minus exact


def _maps(
    model: Denoiser, document: Document, places: _Places, *, exact: bool, options: PlanOptions
) -> FaceMaps:
    levels, compared = places.levels, not exact and places.exact is not None
    known = [_level(model, places, k, exact, options) for k in range(len(levels.k))]
    times = np.array(levels.times, np.float32)
    cov = model.source.cov
    return FaceMaps(
        faces={
            name: FieldFrames(
                times=times,
                xs=places.xs,
                ys=places.ys,
                values=on_lattice(places.masks, [each.arrows[name] for each in known]),
            )
            for name in FACES
        },
        size={name: np.array([each.size[name] for each in known]) for name in FACES},
        errors={name: tuple(each.errors[name] for each in known) for name in FACES}
        if compared
        else None,
        away={name: on_lattice(places.masks, [each.away[name] for each in known]) for name in FACES}
        if compared
        else None,
        signal=levels.signal.numpy(),
        noise=levels.noise.numpy(),
        score_of_noise=_rms_length(model.precision),
        noise_of_score=_rms_length(cov),
        plain=bool(torch.equal(cov, torch.eye(2).to(cov)) and not model.mean.any()),
        schedule=schedule_of(document, model),
        exact=exact,
        why_unknown=why_none(document),
        condition=class_shown(model.field),
    )


def _level(model: Denoiser, places: _Places, k: int, exact: bool, options: PlanOptions) -> _Level:
    mask = places.masks[k]
    values, cells = _evaluated(model, places.levels, k, places.points[k], options), int(mask.sum())
    centres = np.stack(np.meshgrid(places.xs, places.ys), -1)[mask]
    arrows = _arrows(model, values)
    known = None if exact or places.exact is None else places.exact[k]
    away = {} if known is None else {n: getattr(values, n) - getattr(known, n) for n in FACES}
    return _Level(
        arrows={name: each[:cells].float().cpu().numpy() for name, each in arrows.items()}
        | {DENOISED: denoised_in_plane(model, values.denoised[:cells]) - centres},
        size={name: float(_squares(each[cells:]).mean().sqrt()) for name, each in arrows.items()},
        errors={name: _rms(each[cells:]) for name, each in away.items()},
        away={name: each[:cells].norm(dim=1).float().cpu().numpy() for name, each in away.items()},
    )


def _arrows(model: Denoiser, values: FaceValues) -> dict[str, Tensor]:
    """Each face as vectors (n, 2): noise from its mean, and denoised points from theirs."""
    arrows = {name: getattr(values, name) for name in FACES}
    mean = model.mean.to(values.noise)
    return {**arrows, NOISE: values.noise - mean, DENOISED: values.denoised - mean}


def denoised_in_plane(model: Denoiser, denoised: Tensor) -> Floats:
    """Denoised points (n, 2) where the data are."""
    scale = 1.0 if model.data is None else model.data.scale
    points: Floats = (scale * (denoised - model.move.to(denoised))).float().cpu().numpy()
    return points


def _squares(x: Tensor) -> Tensor:
    return x.double().square().sum(1)


def _rms(x: Tensor) -> Estimate:
    """The root mean square length of vectors (n, 2), with its standard error."""
    return root_estimate(mean_estimate(_squares(x).cpu().numpy()))


def _rms_length(matrix: Tensor) -> float:
    """The root mean square of |A e| over all unit vectors e."""
    return float((matrix.square().sum() / 2).sqrt())
