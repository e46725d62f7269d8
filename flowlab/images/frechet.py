"""The Fréchet distance of two sets of pictures, by the features that a network sees in them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid

Features = Callable[[Tensor], Tensor]  # pictures (n, c, h, w) -> (n, k)
_BLOCK = 500  # pictures whose features are computed together


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features (n, k) and (m, k).

    The squared 2-Wasserstein distance of the Gaussians with these moments (Dowson and Landau 1982);
    of features of pictures, as in Heusel et al. 2017 (arXiv:1706.08500). Raises `Invalid` for sets
    of fewer than two, or with other features.
    """
    if one.ndim != 2 or one.shape[1:] != other.shape[1:] or min(len(one), len(other)) < 2:
        raise Invalid(
            "A Fréchet distance needs two sets of two or more feature vectors of one length, not "
            f"{tuple(one.shape)} and {tuple(other.shape)}."
        )
    (mean, cov), (mean2, cov2) = _moments(one), _moments(other)
    root = _root(cov)
    cross = torch.linalg.eigvalsh(root @ cov2 @ root).clamp_min(0).sqrt().sum()
    distance = (mean - mean2).square().sum() + cov.trace() + cov2.trace() - 2 * cross
    return max(float(distance), 0.0)


def features_of(pictures: Tensor, features: Features) -> Tensor:
    """The features (n, k) of pictures (n, c, h, w), a block at a time."""
    with torch.no_grad():
        return torch.cat([features(block) for block in torch.split(pictures, _BLOCK)])


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    x = features.double()
    return x.mean(0), torch.cov(x.T).reshape(x.shape[1], x.shape[1])


def _root(cov: Tensor) -> Tensor:
    """The symmetric square root of a covariance matrix."""
    values, vectors = torch.linalg.eigh(cov)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root
