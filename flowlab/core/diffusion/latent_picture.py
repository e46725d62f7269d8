"""The latent model of a document's settings, as it is drawn; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flowlab.core.diffusion.latent import LatentBound, LatentModel, latent_bound
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False)
class LatentPicture:
    """The bound of the settings that a plan was asked for."""

    bound: LatentBound

    def compact(self) -> LatentPicture:
        """Itself, which is small."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        found = self.bound
        return sum(row.nbytes for row in (found.z, found.prior, found.posterior, found.q))


def pictured(settings: Diffusion) -> LatentBound:
    """The bound of the q of these settings, in less than a frame's time; raises `Invalid`."""
    return _pictured(_decoder(settings), settings.latent_x, settings.q_mean, settings.q_deviation)


@lru_cache(maxsize=8)
def _pictured(model: LatentModel, x: float, mean: float, deviation: float) -> LatentBound:
    return latent_bound(model, x, mean, deviation)


def _decoder(settings: Diffusion) -> LatentModel:
    return LatentModel(
        slope=settings.latent_slope,
        deviation=settings.latent_deviation,
        bend=settings.latent_bend,
    )


def is_latent(bundle: Bundle | None) -> bool:
    """True if a bundle is that of a latent model."""
    return bundle is not None and isinstance(bundle.extra, LatentPicture)
