"""The field of a document's trained network."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.interpolants.document_parameterization import known_source, parameterization_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.learning.weights import Weights


def field_of(document: Document, weights: Weights, device: str = "cpu") -> LearnedVelocity:
    """The velocity field of a document's network, or its score between walls.

    Raises `Invalid` if no velocity follows.
    """
    network, parameterization = document.network, parameterization_of(document)
    if parameterization.walls is not None:
        return LearnedWallScore(network, weights, device, parameterization)
    return LearnedVelocity(network, weights, device, parameterization, known_source(document))
