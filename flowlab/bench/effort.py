"""How much a run of the benchmark takes upon itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowlab.core.document import Document
from flowlab.core.gallery import preset


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Repetitions, sizes and patience of one run."""

    quick: bool = False
    rounds: int = 5  # of everything that is repeated; rows are medians
    points: int = 10_000  # of a cloud that quality is judged by
    pairs: int = 6  # of clouds, averaged: with 3 even an exact field scores 0.9 to 1.5
    ours: float = 4.2  # seconds of training that FlowLab is given on each target
    peers: float = 8.0  # and each peer
    first: float = 0.05  # seconds at the first checkpoint
    ratio: float = 1.25  # from one checkpoint to the next
    seed_loop: float = 40.0  # and the notebook's loop, once
    seed_loop_long: float = 200.0  # and on 8 Gaussians
    window: float = 4.0  # seconds for which the window plays
    turn: float = 1.0  # seconds of a turn where steps a second are compared
    reference: int = 1000  # steps of the RK4 that paths are compared with
    counts: tuple[int, ...] = (5_000, 20_000, 100_000, 250_000, 1_000_000)
    plot: Path | None = None

    def peers_on(self, document: Document) -> bool:
        """Do the peers run there? In a quick run on 8 Gaussians alone."""
        return not self.quick or document == preset("eight_gaussians")

    def seed_loop_on(self, document: Document) -> float:
        """Seconds for the notebook's loop there."""
        eight = document == preset("eight_gaussians")
        return self.seed_loop_long if eight else self.seed_loop


QUICK = Effort(
    quick=True,
    rounds=1,
    points=2_000,
    pairs=8,
    ours=3.0,
    peers=1.12,
    first=0.1,
    ratio=1.4,
    seed_loop=0.0,
    seed_loop_long=2.5,
    window=1.2,
    turn=0.15,
    reference=200,
    counts=(5_000, 20_000),
)
