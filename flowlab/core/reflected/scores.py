"""The score that a view between walls follows: the network's, or the exact one."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.exact import exact_score, rough_score
from flowlab.core.reflected.reverse import Score
from flowlab.core.solvers.field import Field


@dataclass(frozen=True, eq=False)
class LearnedScore:
    """A network's score at each of `steps` + 1 noise levels, of the highest first."""

    network: LearnedWallScore
    steps: int
    label: int | None = None
    bounded: bool = True  # made tangent to the walls, on them

    def __call__(self, x: Doubles, k: int) -> Doubles:
        """The score (n, 2) at points (n, 2)."""
        return self.network.score(x, k / self.steps, self.label, bounded=self.bounded)


def learned_shown(
    document: Document, network: Field, label: int | None = None
) -> LearnedWallScore | None:
    """The network whose score is shown; None if the exact one is.

    That is so if the view asks for it, if the network has learned something else, and if it was
    never told the classes of which one is asked for.
    """
    if document.view.shows == "exact" or not isinstance(network, LearnedWallScore):
        return None
    return None if label is not None and label not in network.classes else network


def needs_exact(document: Document, label: int | None = None) -> bool:
    """True if the document's view shows the exact score, see `learned_shown`."""
    told = label is None or document.network.conditional
    return document.view.shows == "exact" or not between_walls(document) or not told


def score_shown(
    document: Document,
    network: LearnedWallScore | None,
    steps: int,
    label: int | None = None,
    *,
    rough: bool = False,
) -> Score:
    """The network's score at `steps` + 1 times, the noise first; without one the exact score.

    Or for a first answer the `rough` one.
    """
    if network is not None:
        return LearnedScore(network, steps, label)
    return rough_score(document, steps, label) if rough else exact_score(document, steps, label)
