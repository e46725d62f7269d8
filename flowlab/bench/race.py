"""A race: contenders train in turn on one target and are judged at the same checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from flowlab.bench.contenders import Contender, make_ours, make_peer, refusal
from flowlab.bench.curves import first_time, marks
from flowlab.bench.effort import Effort
from flowlab.bench.peers import PEERS, InterpolantsNotebook, Peer
from flowlab.bench.quality import Judge, Verdict
from flowlab.core.document.document import Document

Reading = Callable[[Verdict], float | None]

WITHIN = (2.0, 1.5, 1.25)  # times the noise floor
ERRORS = (0.057, 0.05, 0.032)  # 0.057 is the notebook's loop after 75 s on two cores
_SLICE = 1.0  # seconds that one contender trains before it is the next one's turn
_FIRST_PEERS, _FIRST_LOOP = 0.4, 5.0  # seconds at the first checkpoint of those


@dataclass
class Curve:
    """The verdicts on one contender at its checkpoints."""

    contender: Contender
    first: float  # seconds at the first checkpoint
    patience: float  # seconds at the last checkpoint
    seconds: list[float] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def look(self, judge: Judge) -> None:
        """Judge it now."""
        self.seconds.append(self.contender.seconds)
        self.verdicts.append(judge.judge(self.contender.loop.field, self.contender.threads))

    def reached(self, read: Reading, bound: float) -> float | None:
        """First time at which `read(verdict)` is within `bound`; see `first_time`."""
        values = [read(verdict) for verdict in self.verdicts]
        return first_time(self.seconds, [math.inf if v is None else v for v in values], bound)

    @property
    def exact(self) -> bool:
        """True if the error of its velocity is known."""
        loop = self.contender.loop
        same = loop.independent if isinstance(loop, Peer) else True
        return same and self.verdicts[0].velocity is not None

    @property
    def note(self) -> str:
        """A remark on how it ran."""
        threads = self.contender.threads
        said = [f"{threads} thread{'s' * (threads > 1)}"]
        if isinstance(self.contender.loop, Peer):
            said.append(self.contender.loop.note)
        return ", ".join(filter(None, said))

    @property
    def done(self) -> bool:
        """True if all thresholds are confirmed."""
        if not self.verdicts or self.reached(both, WITHIN[-1]) is None:
            return False
        return not self.exact or self.reached(velocity, ERRORS[-1]) is not None


def both(verdict: Verdict) -> float:
    """The worse of sliced W2 and energy distance, over its floor."""
    return verdict.both


def velocity(verdict: Verdict) -> float | None:
    """The velocity error."""
    return verdict.velocity


def race(
    curves: Sequence[Curve], judge: Judge, checkpoints: Iterable[float], *, stop: bool
) -> None:
    """Train all to each checkpoint in turn, in slices, and judge them there.

    Slices alternate, so that a slow moment of the machine hits all alike. With `stop` a contender
    retires as soon as its last threshold is confirmed.
    """
    before = 0.0
    for mark in checkpoints:
        racing = [c for c in curves if mark <= 1.001 * c.patience and not (stop and c.done)]
        if not racing:
            return
        pieces = math.ceil((mark - before) / _SLICE)
        for piece in range(1, pieces + 1):
            for curve in racing:
                curve.contender.train_until(before + (mark - before) * piece / pieces)
        for curve in racing:
            if mark >= 0.999 * curve.first:
                curve.look(judge)
        before = mark


def short_round(document: Document, effort: Effort, number: int) -> dict[str, Curve]:
    """FlowLab and, by name, the peers that are not minutes long."""
    curves = [Curve(make_ours(document, number), effort.first, effort.ours)]
    for kind in PEERS:
        if (
            kind is not InterpolantsNotebook
            and effort.peers_on(document, number)
            and not refusal(kind, document)
        ):
            curves.append(Curve(make_peer(kind, document), _FIRST_PEERS, effort.peers))
    judge = Judge(document, effort.points, effort.pairs, number)
    last = max(curve.patience for curve in curves)
    race(curves, judge, marks(effort.first, last, effort.ratio), stop=effort.quick)
    return {curve.contender.name: curve for curve in curves}


def long_run(document: Document, effort: Effort) -> Curve | None:
    """The notebook's loop, once; it stops when everything is reached."""
    patience = effort.seed_loop_on(document)
    if not patience:
        return None
    first = min(_FIRST_LOOP, patience)
    curve = Curve(make_peer(InterpolantsNotebook, document), first, patience)
    judge = Judge(document, effort.points, 1 if effort.quick else effort.pairs)
    race([curve], judge, marks(first, patience, effort.ratio), stop=True)
    return curve
