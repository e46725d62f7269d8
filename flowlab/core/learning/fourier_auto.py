"""Whether a shape is so thin, or so scattered, that Fourier features speed up learning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from scipy.spatial import cKDTree

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Shape
from flowlab.core.document.streams import Stream, numpy_rng, torch_rng
from flowlab.core.learning.networks import classes_in, input_width

_SAMPLES = 4000
# A Gaussian has 1, a polygon or a disc 0.85 to 0.95, eight Gaussians 0.55, moons 0.5.
_THRESHOLD = 0.8


def resolve_fourier(network: Network, source: Shape, target: Shape) -> Network:
    """The network with Fourier features on or off; the shapes decide if it says auto."""
    if network.waves != "auto":
        return network
    needed = needs_fourier_features(source) or needs_fourier_features(target)
    return dataclasses.replace(network, waves="on" if needed else "off")


def fourier_from_weights(network: Network, arrays: Mapping[str, Floats]) -> Network:
    """The network with Fourier features as in saved weights, if it says auto."""
    if network.waves != "auto":
        return network
    first = arrays.get("net.0.weight")
    off = dataclasses.replace(network, waves="off")
    width = input_width(off, len(classes_in(arrays)))
    fits = first is not None and first.ndim == 2 and first.shape[1] == width
    return off if fits else dataclasses.replace(network, waves="on")


@lru_cache(maxsize=64)
def needs_fourier_features(shape: Shape) -> bool:
    """True if samples lie much closer together than those of a Gaussian with the same covariance.

    Drawings always count as thin, since the next stroke may be. Raises `Invalid` for an empty
    shape.
    """
    if isinstance(shape, Drawing):
        return True
    rng = torch_rng(0, Stream.THINNESS)
    x = build(shape).sample(2 * _SAMPLES, rng).double().numpy()
    spread = np.linalg.cholesky(np.cov(x.T) + 1e-9 * (np.ptp(x) ** 2 + 1e-9) * np.eye(2))
    return (
        _nearest_distance(np.linalg.solve(spread, (x - x.mean(0)).T).T)
        < _THRESHOLD * _nearest_distance_of_gaussian()
    )


def _nearest_distance(x: Floats) -> float:
    """Median distance from the points of one half of (2 n, 2) to the nearest of the other half."""
    half, other_half = np.split(x, 2)
    return float(np.median(cKDTree(half).query(other_half)[0]))


@cache
def _nearest_distance_of_gaussian() -> float:
    return _nearest_distance(
        numpy_rng(0, Stream.THINNESS_OF_GAUSSIAN).normal(size=(2 * _SAMPLES, 2))
    )
