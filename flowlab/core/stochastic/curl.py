"""Where the exact velocity is the gradient of a function at every t, so that its curl is 0.

With w = alpha x0 + gamma z Gaussian and isotropic, independent of x1, Tweedie's formula makes both
E[x0 | x] and E[z | x] a number times the score plus a number times x plus a constant, and so is
the velocity: all of them are gradients. The same holds with the ends exchanged. Between two single
Gaussians b = m' + C' C^-1 (x - m) / 2, which is a gradient where C' and C commute. Otherwise
nothing makes the curl 0: from a Gaussian with another covariance, b has a part C0 times a gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.document.shapes import Shape

_SAME = 1e-9  # relative difference of two variances that are one

SOURCE = "the source is an isotropic Gaussian with independent pairs"
TARGET = "the target is an isotropic Gaussian with independent pairs"
COMMUTING = "both ends are single Gaussians whose covariances commute"
ONE_END = "on this path only one end is blended with the noise at any t"
FREE = "Here the exact velocity is a gradient and its curl is 0, since {}: all curl is error."
GENERAL = (
    "Here the exact curl need not be 0: an isotropic Gaussian source with independent pairs would "
    "make it so. Curl is no error in itself, only its difference from the exact one is."
)
UNKNOWN = (
    "The pairs are not independent, so the exact field is not known here, nor how much of the curl "
    "is error."
)


def curl_facts(document: Document) -> tuple[bool | None, str]:
    """True if the exact curl is 0, False if it need not be, None if unknown; and a sentence."""
    if not is_independent(document.coupling):
        return None, UNKNOWN
    why = _why_free(document)
    return bool(why), FREE.format(why) if why else GENERAL


def _why_free(document: Document) -> str:
    """Why the exact curl is 0, in words; empty if nothing known makes it so."""
    if document.path.kind in ("mirror", "encoding"):
        return ONE_END
    source, target = _covariance(document.source), _covariance(document.target)
    if source is not None and _is_isotropic(source):
        return SOURCE
    if target is not None and _is_isotropic(target):
        return TARGET
    if source is not None and target is not None and _commute(source, target):
        return COMMUTING
    return ""


def _covariance(shape: Shape) -> Tensor | None:
    """The covariance (2, 2) of a shape that is a single Gaussian, else None."""
    mixture = build(shape).mixture()
    if mixture is None or len(mixture.weights) != 1:
        return None
    return mixture.covs[0].double().cpu()


def _is_isotropic(cov: Tensor) -> bool:
    off = cov - cov.trace() / 2 * torch.eye(2, dtype=cov.dtype)
    return float(off.abs().max()) <= _SAME * float(cov.trace())


def _commute(a: Tensor, b: Tensor) -> bool:
    return float((a @ b - b @ a).abs().max()) <= _SAME * float(a.trace() * b.trace())
