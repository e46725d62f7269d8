"""The plan of the view `diffusion_time_plane`: the samplers, and the density of their p_t."""

from __future__ import annotations

from dataclasses import fields, replace

from flowlab.core.diffusion.models import levels_for, sampler_for
from flowlab.core.diffusion.plan import denoising, law_of
from flowlab.core.diffusion.results import Denoising, DenoisingPlane, denoising_of
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import DDPM, IADB
from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.projected_densities import density_along
from flowlab.core.views.projected_density import ProjectedDensity
from flowlab.core.views.request import PlanOptions


def time_plane(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The bundle of `denoising` with the density; the direction isn't part of it.

    Where IADB alone is shown the density is that of blends. Where nothing can be had the bundle is
    that of `denoising`. Raises `Cancelled`.
    """
    plain = replace(document, diffusion=replace(document.diffusion, iadb_is_ddim=False))
    bundle = denoising(plain, field, options)
    extra = denoising_of(bundle)
    assert extra is not None
    if not extra.panes:
        return bundle
    known = {each.name: getattr(extra, each.name) for each in fields(Denoising)}
    density = _density(plain, field)
    return replace(bundle, extra=DenoisingPlane(**known, density=density))


_densities: LruCache[ProjectedDensity] = LruCache(4)


def _density(document: Document, field: Field) -> ProjectedDensity:
    settings, ends = document.diffusion, (document.source, document.target)
    kind = IADB if settings.processes == (IADB,) else DDPM
    sampler = sampler_for(settings, DDPM)
    denoiser = model_of(field, document, replace(sampler, standardise=kind != IADB and
                                                 settings.standardise))  # fmt: skip
    times, rows = law_of(levels_for(settings, kind), denoiser)
    key = *ends, document.seed, times.tobytes(), rows.tobytes()
    return _densities.get(key, lambda: density_along(*ends, times, rows, document.seed))
