"""How much a run of the benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Repetitions, sizes and patience of one run."""

    quick: bool = False
    rounds: int = 5  # of everything that is repeated; rows are medians
    points: int = 4_000  # of a cloud that quality is judged by
    pairs: int = 6  # of clouds, averaged: with 3 even an exact field scores 0.9 to 1.5
    ours: float = 3.96  # seconds of training that FlowLab is given on each target
    peers: float = 4.0  # and each peer
    peer_rounds: int = 3  # of all rounds, those in which peers run
    first: float = 0.05  # seconds at the first checkpoint
    ratio: float = 1.26  # from one checkpoint to the next; just before 2 s is one
    seed_loop: float = 30.0  # and the notebook's loop, once
    seed_loop_long: float = 200.0  # and on 8 Gaussians
    window: float = 4.0  # seconds for which the window plays
    turn: float = 1.0  # seconds of a turn where steps a second are compared
    reference: int = 1000  # steps of the RK4 that paths are compared with
    counts: tuple[int, ...] = (5_000, 20_000, 100_000, 250_000, 1_000_000)
    plot: Path | None = None

    def peers_on(self, document: Document, number: int = 0) -> bool:
        """True if the peers run on that target in that round; if quick, only on 8 Gaussians."""
        wanted = not self.quick or document == preset("eight_gaussians")
        return wanted and number < self.peer_rounds

    def seed_loop_on(self, document: Document) -> float:
        """Seconds for the notebook's loop on that target."""
        eight = document == preset("eight_gaussians")
        return self.seed_loop_long if eight else self.seed_loop


QUICK = Effort(
    quick=True,
    rounds=1,
    points=2_000,
    pairs=5,
    ours=2.67,
    peers=0.8,
    first=0.1,
    ratio=1.35,
    seed_loop=0.0,
    seed_loop_long=1.0,
    window=1.2,
    turn=0.15,
    reference=200,
    counts=(5_000, 20_000),
)
