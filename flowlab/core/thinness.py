"""Whether a shape has strokes so thin that a network needs waves of x to draw them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from scipy.spatial import cKDTree

from flowlab.core.distributions import build
from flowlab.core.document import Network
from flowlab.core.nets import inputs_of
from flowlab.core.shapes import Drawing, Shape

Floats = np.ndarray[Any, Any]

_SAMPLES, _CENTRES = 4000, 400
_NEIGHBOURS = (80, 200, 400)  # of a centre: 2, 5 and 10 % of the mass
_LONG = 0.79  # the short side of a neighbourhood over its long side; 0.9 is that of a disc


def resolved(network: Network, source: Shape, target: Shape) -> Network:
    """The network with `waves` on or off, by the shapes where that is left to them."""
    if network.waves != "auto":
        return network
    thin = is_thin(source) or is_thin(target)
    return dataclasses.replace(network, waves="on" if thin else "off")


def fitted(network: Network, arrays: Mapping[str, Floats]) -> Network:
    """The network with `waves` as saved weights have them, where that was left to the shapes."""
    if network.waves != "auto":
        return network
    first = arrays.get("net.0.weight")
    off = dataclasses.replace(network, waves="off")
    fits = first is not None and first.ndim == 2 and first.shape[1] == inputs_of(off)
    return off if fits else dataclasses.replace(network, waves="on")


@lru_cache(maxsize=64)
def is_thin(shape: Shape) -> bool:
    """Whether the neighbours of a typical point lie along a stroke rather than in a blob.

    At three scales the samples around a point are an ellipse, whose axes are compared. What is
    still being drawn counts as thin: its next stroke may be. Raises `Invalid` for an empty shape.
    """
    if isinstance(shape, Drawing):
        return True
    x = build(shape).sample(_SAMPLES, torch.Generator().manual_seed(0)).double().numpy()
    spread = np.linalg.cholesky(np.cov(x.T) + 1e-9 * (np.ptp(x) ** 2 + 1e-9) * np.eye(2))
    x = np.linalg.solve(spread, (x - x.mean(0)).T).T
    _, near = cKDTree(x).query(x[:_CENTRES], k=_NEIGHBOURS[-1])
    return min(_roundness(x[near[:, :k]]) for k in _NEIGHBOURS) < _LONG


def _roundness(clouds: Floats) -> float:
    """Median over clouds (m, k, 2) of short over long axis; 1 for clouds that are one point."""
    off = clouds - clouds.mean(1, keepdims=True)
    axes = np.linalg.eigvalsh(np.einsum("mki,mkj->mij", off, off))
    return float(np.sqrt(np.median((axes[:, 0] + 1e-12).clip(0) / (axes[:, 1] + 1e-12))))
