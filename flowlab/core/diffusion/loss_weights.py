"""Weights of a DDPM's loss: none, of the noise, or of the denoised point.

A reverse step k of variance s2_k costs |mu-tilde - mu|^2 / (2 s2_k), and mu is affine in the noise
and in the denoised point. So that cost is a weighted squared error of either, term by term the same
number (Ho, Jain and Abbeel 2020, arXiv:2006.11239, equations 8 and 12).
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.diffusion.chain import Chain
from flowlab.core.document.arguments import name_of

WEIGHTINGS = {
    "none": "None: every step counts alike",
    "noise": "As the bound weights the noise",
    "data": "As the bound weights the denoised point",
}


def loss_weights(chain: Chain, weighting: str, s2: Tensor | None = None) -> Tensor:
    """The weight (T,) of the squared error of each step: of the noise, or of x1 for "data".

    `s2` (T,) are the variances of the reverse steps, the posterior's if None; that of the first
    step is beta_1 in any case, since its posterior has none. Raises `Invalid` for another name.
    """
    name_of(weighting, WEIGHTINGS, "loss weighting")
    if weighting == "none":
        return torch.ones_like(chain.abar)
    given = chain.posterior_variance if s2 is None else s2.to(chain.abar)
    variance = torch.cat([chain.beta[:1], given[1:]])
    per_unit = chain.mean_per_noise if weighting == "noise" else chain.mean_per_data
    return per_unit.square() / (2 * variance)


def weighted_error(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean of w |prediction - target|^2 over samples (n, d) with weights w (n,)."""
    return (weight * (prediction - target).square().sum(-1)).mean()
