"""What a network is trained on: the ends of a document, their pairs and what is predicted."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.learned import NO_ABSOLUTE, between_walls, why_no_bound, why_no_implicit
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import ABSOLUTE, BOUND
from flowlab.core.exact import closed_form
from flowlab.core.interpolants.bound_weights import bound_weighted
from flowlab.core.interpolants.couplings import Coupler, coupler_of, cross_covariance
from flowlab.core.interpolants.document_parameterization import parameterization_of
from flowlab.core.interpolants.parameterization import Parameterization
from flowlab.core.learning.conditioning import conditions_of
from flowlab.core.learning.minibatches import ExactVelocity
from flowlab.core.learning.preconditioning import Moments, measure_moments
from flowlab.core.learning.wall_pairs import NoisedPoints


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Both ends of a document, how they are paired, and what is learned of the pairs."""

    source: Distribution
    target: Distribution
    coupler: Coupler
    parameterization: Parameterization
    exact: ExactVelocity | None  # the regression target, where it is not that of the pairs
    classes: tuple[int, ...]  # that a conditional network is conditioned on
    noised: NoisedPoints | None = None  # between walls, where there are no pairs

    @classmethod
    def of(cls, document: Document, device: str) -> TrainingData:
        """Those of a document; raises `Invalid`."""
        classes = conditions_of(document) if document.network.conditional else ()
        parameterization, exact = to_learn_of(document), exact_velocity(document, device)
        check_implicit(document)
        check_absolute(document)
        source, target = build(document.source), build(document.target)
        noised = None if parameterization.walls is None else NoisedPoints.of(document)
        coupler = coupler_of(document if noised is None else _uncoupled(document))
        return cls(source, target, coupler, parameterization, exact, classes, noised)

    def moments(self, seed: int) -> Moments:
        """The measured moments of both ends and of their pairs."""
        rng = torch_rng(seed, Stream.MOMENTS)
        ends = measure_moments(self.source, self.target, rng)
        rng = torch_rng(seed, Stream.CROSS_COVARIANCE)
        return dataclasses.replace(ends, cross=cross_covariance(self.coupler, rng))


def to_learn_of(document: Document) -> Parameterization:
    """What is learned of a document, with the weights that it is trained with; raises `Invalid`."""
    to_learn = parameterization_of(document)
    if document.training.loss_weights != BOUND:
        return to_learn
    why = why_no_bound(document)
    if why:
        raise Invalid(why)
    return bound_weighted(to_learn)


def check_implicit(document: Document) -> None:
    """Raise `Invalid` where implicit score matching is chosen and cannot learn.

    The loss holds derivatives of the network, and its gradient the second ones: where they are
    infinite at single points, samples never meet them, and the gradient is wrong.
    """
    implicit = between_walls(document) and document.training.score_matching == "implicit"
    why = why_no_implicit(document)
    if implicit and why:
        raise Invalid(why)


def check_absolute(document: Document) -> None:
    """Raise `Invalid` where the L1 loss is chosen between walls."""
    if between_walls(document) and document.training.objective == ABSOLUTE:
        raise Invalid(NO_ABSOLUTE)


def _uncoupled(document: Document) -> Document:
    """The document with independent pairs, of which a score between walls has no use."""
    return dataclasses.replace(document, coupling=Coupling())


def exact_velocity(document: Document, device: str) -> ExactVelocity | None:
    """The exact velocity as the regression target, if the document wants it; raises `Invalid`."""
    if document.training.target != "exact":
        return None
    if document.network.predicts != "velocity":
        raise Invalid(
            "The zero-variance target is a velocity: let the network predict that, or train on "
            "pairs."
        )
    oracle = closed_form(document)
    if oracle is None:
        raise Invalid(
            "The zero-variance target needs the exact velocity as a closed form, as between "
            "independent Gaussian mixtures: choose such shapes, or train on pairs."
        )
    return oracle.to(device, torch.float32).velocity
