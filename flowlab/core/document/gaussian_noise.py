"""Whether a flow's source is noise, as diffusion models take it: imports no torch.

The score, the noise and the denoised point follow from one another where the source is one Gaussian
drawn independently of the target, and the path has no latent noise beside it.
"""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.document.shapes import Gaussian, Mixture, Ring, Shape

NEEDS_INDEPENDENT = (
    "A diffusion model's noise is drawn independently of its data: choose independent pairs."
)
NEEDS_NOISE = "A diffusion model's source is noise: choose one Gaussian as the source."
NEEDS_NO_LATENT = (
    "A diffusion model's noise is its source alone: choose a path without latent noise."
)


def is_one_gaussian(shape: Shape) -> bool:
    """True if a shape is a single Gaussian, as its kind and the number of its modes say."""
    if isinstance(shape, Ring):
        return shape.count == 1
    if isinstance(shape, Mixture):
        return len(shape.means) == 1
    return isinstance(shape, Gaussian)


def why_no_diffusion(document: Document) -> str:
    """Why the document's flow is no diffusion model, in one sentence; empty if it is one."""
    if not is_independent(document.coupling):
        return NEEDS_INDEPENDENT
    if not is_one_gaussian(document.source):
        return NEEDS_NOISE
    return NEEDS_NO_LATENT if document.path.noisy else ""
