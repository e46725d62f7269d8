"""What a point would be in another class: noised some steps, then led there.

The noise is either drawn, x = a x1 + b x0, which forgets the more the higher the level; or it is
that which DDIM takes back, the x from which its step ends in x' (Song et al. 2021,
arXiv:2010.02502, section 4.3). Of pictures the difference of both ends is a map of anomalies
(Wolleb et al. 2022, arXiv:2203.04306).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.ancestral import centred
from flowlab.core.diffusion.denoiser import Denoiser, evaluated
from flowlab.core.diffusion.drawn import in_plane
from flowlab.core.diffusion.exact_classifier import checked_label
from flowlab.core.diffusion.forward import noised
from flowlab.core.diffusion.guidance import Guided, Strength
from flowlab.core.diffusion.guided_fields import NEEDS_LABEL, guided_field, strength_of
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import led, model_of, ways_of
from flowlab.core.diffusion.settings import DRAWN, NOISES, TAKEN_BACK
from flowlab.core.diffusion.steps import carry, noise_for
from flowlab.core.document.arguments import name_of, seed_of
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.progress import Tell, part_of

Lead = Callable[[int, Strength], Guided]  # the field that leads to a class
ALONE = "A counterfactual takes the steps of ddpm, ddim, reverse_sde or pf_ode, uncorrected."
_THERE = 0.6  # the share of all evaluations that DDIM's way into the noise takes, about
_MOST_ROUNDS, _ROUNDING = 8, 1e-8  # in which the beginning of a step is sought, and to what


@dataclass(frozen=True, eq=False, kw_only=True)
class Counterfactual:
    """Points on their way into noise and back to another class."""

    times: Floats  # (K + 1,), ascending to 1, the data
    forth: Floats  # (K + 1, n, 2), the points last
    back: Floats  # (K + 1, n, 2), from where they begin at the same noise
    label: int

    @property
    def difference(self) -> Floats:
        """From each point to what it would be in the other class, (n, 2)."""
        moved: Floats = self.back[-1] - self.forth[-1]
        return moved


def counterfactual(
    flow: Field,
    document: Document,
    x1: Tensor,
    sampler: Sampler,
    k: int,
    *,
    noise: str = TAKEN_BACK,
    own: int | None = None,
    seed: int = 0,
    lead: Lead | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
    progress: Tell | None = None,
) -> Counterfactual:
    """Points x1 (n, 2) noised to step k of T, and led to the sampler's class on the way back.

    DDIM's noise is found by the field of their `own` class, or of all classes. The first points
    take the same noise whatever their number. `lead` says which field leads to a class, that of
    `guided_field` unless it is given. Raises `Invalid` where classes or steps don't suit, and
    `Cancelled`.
    """
    name_of(noise, NOISES, "noise of a counterfactual")
    _check(sampler)
    levels, model = sampler.levels_from(k), model_of(flow, document, sampler)
    points = model.taken(x1)
    lead = partial(guided_field, flow, document) if lead is None else lead
    to_other = _guided(lead, document, sampler, model, levels)  # it may have to be learned
    share = _THERE if noise == TAKEN_BACK else 0.0
    tell = part_of(progress, share, 1 - share)
    how: dict[str, Any] = {"workers": workers, "cancelled": cancelled, "progress": tell}
    if noise == DRAWN:
        forth = noised(_noise_of(model, len(x1), seed).to(points), points, levels)
    else:
        of_own = _unguided(lead, document, sampler, own)
        forth = _inverted(model, of_own, levels, points, cancelled, part_of(progress, 0.0, share))
    back = _back(model, to_other, document, sampler, levels, forth[0], seed, how)
    there, here = (in_plane(model, levels, path).float().cpu().numpy() for path in (forth, back))
    times = np.array(levels.times, np.float32)
    return Counterfactual(times=times, forth=there, back=here, label=to_other.label)


class _To(NamedTuple):
    """A class that is led to, and by which field."""

    label: int
    field: Guided


def _unguided(lead: Lead, document: Document, sampler: Sampler, own: int | None) -> Guided:
    """The field of the class that points are of, or of all."""
    if own is not None:
        return lead(checked_label(document, own), Strength(1.0))
    assert sampler.label is not None
    return lead(sampler.label, Strength(0.0))


def _guided(
    lead: Lead, document: Document, sampler: Sampler, model: Denoiser, levels: Levels
) -> _To:
    assert sampler.label is not None
    label = checked_label(document, sampler.label)
    gamma = 1.0 if sampler.guidance is None else float(sampler.guidance)
    strength = strength_of(gamma, model, levels, sampler.guided_in)
    return _To(label, lead(label, strength))


def _inverted(
    model: Denoiser,
    of_own: Guided,
    levels: Levels,
    points: Tensor,
    cancelled: Callable[[], bool] | None,
    progress: Tell | None,
) -> Tensor:
    """The ways (K + 1, n, 2) into the noise that DDIM takes back, noise first."""
    by, condition = led(model, of_own, len(points))
    given = {} if condition is None else {"condition": condition}
    forth = inverted(by, levels, points, cancelled, progress, **given)
    return torch.stack(list(forth)).flip(0)


def _back(
    model: Denoiser,
    to: _To,
    document: Document,
    sampler: Sampler,
    levels: Levels,
    x: Tensor,
    seed: int,
    how: dict[str, Any],
) -> Tensor:
    """The ways (K + 1, n, 2) from noisy x (n, 2) to the other class."""
    by, condition = led(model, to.field, len(x))
    z = noise_for(len(x), len(levels.k) - 1, seed_of(seed))
    steps = ways_of(by, document, sampler, levels)
    return carry(by.field, steps, x, z, condition=condition, **how).points


def _check(sampler: Sampler) -> None:
    if sampler.label is None:
        raise Invalid(NEEDS_LABEL)
    whole_cloud = sampler.correcting[0] or sampler.predictor == "sample_timestep_iter"
    if sampler.method == "langevin" or whole_cloud:
        raise Invalid(ALONE)


def _noise_of(model: Denoiser, n: int, seed: int) -> Tensor:
    z = numpy_rng(seed_of(seed), Stream.COUNTERFACTUAL_NOISE).standard_normal((n, 2))
    return model.mean + torch.from_numpy(z) @ model.root


def inverted(
    denoiser: Denoiser,
    levels: Levels,
    x: Tensor,
    cancelled: Callable[[], bool] | None = None,
    progress: Tell | None = None,
    **condition: Tensor,
) -> Iterator[Tensor]:
    """The points (n, 2) from which DDIM's steps end in x, level by level; x the first.

    u = (a / a') u' + (b - a b' / a') e(x) for u = x - b m, e = E[x0 | x] - m: what x appears in is
    taken at the last guess. Each such round divides the error by the share that a step has of the
    noise, or by more where the data are wide; longer steps take up to eight.
    """
    read, _, e = centred(denoiser, levels)
    e, mean = e.to(x), denoiser.mean.to(x)
    a, b = levels.signal.tolist(), levels.noise.tolist()
    yield x
    for k in reversed(range(len(a) - 1)):
        stop_if(cancelled)
        ratio = a[k] / a[k + 1]
        kept, share = ratio * (x - b[k + 1] * mean) + b[k] * mean, b[k] - ratio * b[k + 1]
        x = kept
        for _ in range(_rounds(share / b[k])):
            v = evaluated(denoiser.field, read, k, x, **condition).to(x)
            x = kept + share * e.at(k, v, x)
        if progress is not None:
            progress(1 - k / (len(a) - 1))
        yield x


def _rounds(share: float) -> int:
    """How often a step is repeated whose noise is this share of all."""
    if not _ROUNDING < share < 1:
        return 1 if share <= _ROUNDING else _MOST_ROUNDS
    return min(_MOST_ROUNDS, math.ceil(math.log(_ROUNDING) / math.log(share)))
