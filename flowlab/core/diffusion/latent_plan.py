"""The plan of the view `latent_model`: log p = ELBO + KL for a q that a person moves."""

from __future__ import annotations

import numpy as np

from flowlab.core.diffusion.latent_picture import LatentPicture, pictured
from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of


def latent_model(document: Document, _field: Field, options: PlanOptions) -> Bundle:
    """The bound of the document's q; the bundle's `extra` is the `LatentPicture`.

    Field and ends have no part in it, and the bundle no particles. Raises `Invalid` where a density
    is too narrow to be integrated.
    """
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=LatentPicture(pictured(document.diffusion)),
        **ends_of(document, options),
    )
