"""What guidance does to samples, in numbers: their purity, their spread, the law that they miss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import denoiser_of
from flowlab.core.diffusion.exact_classifier import class_field, exact_classifier
from flowlab.core.diffusion.tilted import tilted_law
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate, root_estimate
from flowlab.core.metrics.clouds import Cloud, checked
from flowlab.core.metrics.distances import sliced_w2

_BLUR = 0.02  # standard deviation of noise, at which classes of shapes with edges are told apart
_PAIRS = 4  # of samples whose distances are the floor


@dataclass(frozen=True, kw_only=True)
class GuidanceFigures:
    """What became of guided samples, and what would be of samples of the tilted law."""

    purity: Estimate  # share that the exact classifier gives to the class
    spread: Estimate  # root mean square distance from their mean
    tilted_purity: Estimate
    tilted_spread: Estimate
    distance: Estimate  # sliced W2 to the tilted law
    floor: float  # of that distance between two clouds of so many samples of it


def figures_of(x: Cloud, document: Document, label: int, gamma: float) -> GuidanceFigures:
    """The figures of samples (n, 2) that were led to a class with a scale gamma.

    Raises `Invalid` where the exact classifier or the tilted law isn't known, or for samples that
    aren't finite.
    """
    (points,) = checked(x)
    reference, floor = _reference(document.target, label, float(gamma), len(points))
    return GuidanceFigures(
        purity=purity(points, document, label),
        spread=spread(points),
        tilted_purity=purity(reference, document, label),
        tilted_spread=spread(reference),
        distance=sliced_w2(points, reference),
        floor=floor,
    )


@lru_cache(maxsize=8)
def _reference(target: Shape, label: int, gamma: float, n: int) -> tuple[Tensor, float]:
    """Samples (n, 2) of the tilted law, and the mean distance of such clouds to them."""
    law, rng = tilted_law(target, label, gamma), torch_rng(0, Stream.TILTED_LAW)
    reference, *others = (law.sample(n, rng) for _ in range(1 + _PAIRS))
    return reference, sum(sliced_w2(each, reference) for each in others) / _PAIRS


def purity(x: Tensor, document: Document, label: int) -> Estimate:
    """The share of points (n, 2) whose most likely class is this one, by the exact classifier.

    Of Gaussians as it is; of shapes with edges for points with a little noise, since a point just
    outside all of them would have no class.
    """
    classifier = exact_classifier(document)
    noise = 0.0 if build(document.target).mixture() is not None else _BLUR
    denoiser = denoiser_of(class_field(document, label), document)
    signal, level = (torch.tensor([each], dtype=torch.float64) for each in (1.0, noise))
    read = denoiser.read(signal, level)
    places = float(read.scale[0]) * x.double() + read.shift[0]
    best = classifier.log_joint(places, read.times[0]).nan_to_num(-math.inf, neginf=-math.inf)
    known = best.amax(1) > -math.inf
    own = (best.argmax(1) == classifier.classes.index(label)) & known
    share = float(own.double().mean())
    return Estimate(share, math.sqrt(share * (1 - share) / len(x)), len(x))


def spread(x: Tensor) -> Estimate:
    """Root mean square distance of points (n, 2) from their mean."""
    squares = (x.double() - x.double().mean(0)).square().sum(1)
    return root_estimate(mean_estimate(squares.cpu().numpy()))
