"""Which field a guided sampler follows: by a conditional network, a classifier, or exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.exact_classifier import checked_label, class_field
from flowlab.core.diffusion.guidance import (
    ALWAYS,
    ClassifierGuidance,
    Guided,
    GuidedNetwork,
    GuidedVelocity,
    Strength,
)
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.noisy_classifier import learned_classifier
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.field import Condition, LearnedVelocity
from flowlab.core.solvers.field import Field

NEEDS_LABEL = "Guidance leads to one class: say which, as label."
NEEDS_DROPOUT = (
    "This network was always told the class, so that it knows no field of all classes to guide "
    "away from: set Label dropout, 0.1 for instance, and train."
)


def guided_field(
    field: Field,
    document: Document,
    label: int | Tensor,
    strength: Strength,
) -> Guided:
    """The field that leads to a class of the target, from one learned or exact.

    A conditional network's own; there `label` may be the class of each of n points (n,). Of any
    other network by a classifier of its noisy points, trained then and there; of an exact field by
    the exact one of the class. Raises `Invalid` where a class isn't known, or its field.
    """
    if isinstance(field, LearnedVelocity) and field.classes:
        return _by_network(field, document, label, strength)
    if isinstance(label, Tensor):
        raise Invalid(NEEDS_LABEL)
    label = checked_label(document, label)
    if getattr(field, "oracle", None) is not None:
        return GuidedVelocity(class_field(document, label), field, strength)
    device = getattr(field, "device", "cpu")
    model, classifier = denoiser_of(field, document), learned_classifier(document).to(device)
    return ClassifierGuidance(field, classifier, label, strength, model.path, model.source)


def _by_network(
    network: LearnedVelocity, document: Document, label: Condition, strength: Strength
) -> GuidedNetwork:
    if not document.training.label_dropout and strength.gamma != 1.0:
        raise Invalid(NEEDS_DROPOUT)
    if not isinstance(label, Tensor):
        network.for_class(label)  # raises where it knows no such class
    return GuidedNetwork(network, label, strength)


def strength_of(
    gamma: float, denoiser: Denoiser, levels: Levels | None, interval: tuple[float, float] = ALWAYS
) -> Strength:
    """A sampler's strength at the times at which it reads its field.

    `interval` is one of the sampler's t, as Kynkäänniemi et al. 2024 (arXiv:2404.07724) guide at
    medium noise only; outside it the class is left as it is.
    """
    if levels is None or interval == ALWAYS:
        return Strength(gamma)
    low, high = interval
    times = denoiser.read(levels.signal[:-1], levels.noise[:-1]).times
    inside = [s for s, t in zip(times, levels.times, strict=False) if low <= t <= high]
    return Strength(gamma, (min(inside), max(inside))) if inside else Strength(1.0)


def told(label: int | Tensor, n: int) -> Tensor:
    """The class of each of n points (n,)."""
    return label if isinstance(label, Tensor) else torch.full((n,), label)
