"""The objectives of score matching, one equation each, for noised samples x = x1 + sigma z.

All are multiplied by sigma^2 and written for F = sigma s, s the model of the score of p_sigma, so
that noise levels count alike. Vectors are columns (2, n); results (n,), whose mean is the loss.

At the same noise they have the same minimiser: the means of `implicit` and `sliced` are equal, and
`denoising` is larger by E|z|^2 / 2 = 1, whatever the model. On samples without noise, `implicit`
and `sliced` learn the score of the data itself.
"""

from __future__ import annotations

from torch import Tensor

OBJECTIVES = {
    "implicit": "Implicit, with the exact trace",
    "sliced": "Sliced, along random directions",
    "denoising": "Denoising, at one noise level",
    "conditioned": "Noise-conditioned, over all levels",
}
LOSSES = {"mse": "Mean squared error", "l1": "L1, which learns the median"}
DENOISING_EXCESS = 1.0  # E|z|^2 / 2 in the plane


def implicit(f: Tensor, jacobian: Tensor) -> Tensor:
    """|F|^2 / 2 + sigma div F, for sigma times the Jacobian of F, (2, 2, n) of dF_i / dx_j.

    Hyvarinen 2005, "Estimation of non-normalized statistical models by score matching", theorem 1.
    """
    return 0.5 * f.square().sum(0) + jacobian[0, 0] + jacobian[1, 1]


def sliced(f: Tensor, jacobian: Tensor, v: Tensor) -> Tensor:
    """(v . F)^2 / 2 + sigma v^T (grad F) v, for random v (2, n) with E[v v^T] = I.

    Song et al. 2019 (arXiv:1905.07088), equation 7, here from the whole Jacobian; in many
    dimensions its gain is that one product with v is all that it needs.
    """
    slope = (v[:, None] * jacobian * v).sum((0, 1))
    return 0.5 * (v * f).sum(0).square() + slope


def denoising(f: Tensor, z: Tensor) -> Tensor:
    """|F + z|^2 / 2 = sigma^2 |s + z / sigma|^2 / 2, -z / sigma the score of x given x1.

    Vincent 2011, "A connection between score matching and denoising autoencoders"; over many noise
    levels Song and Ermon 2019 (arXiv:1907.05600), equations 5 and 6.
    """
    return 0.5 * (f + z).square().sum(0)


def absolute(f: Tensor, z: Tensor) -> Tensor:
    """L1 in place of `denoising`: mean |F + z| over both axes.

    Its minimiser is minus the median of z given x, axis by axis, and not the mean, so that
    F / sigma is no score unless z given x is symmetric: see `conditional_median`.
    """
    return (f + z).abs().mean(0)
