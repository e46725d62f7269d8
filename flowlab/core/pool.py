"""The data of the next steps, drawn together: many small draws would cost more than the steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.backprop import Batch, data_of
from flowlab.core.couplings import Coupler
from flowlab.core.nets import VelocityNet
from flowlab.core.paths import Interpolant

_MOST, _SAMPLES = 32, 10_000  # steps in a pool, and samples unless a step alone needs more

Exact = Callable[[Tensor, Tensor], Tensor]  # (x (n, 2), t (n,)) -> velocity (n, 2)


class Pool:
    """Some batches in memory that is kept, with room for what the network answers.

    How many hangs on their size alone, so that results don't hang on how steps are grouped.

    Nothing here makes the host wait, so a graph captured over a pool can be replayed for the next.
    """

    def __init__(self, net: VelocityNet, rows: int, stratified: bool, exact: Exact | None) -> None:
        self._net, self._rows, self._exact = net, rows, exact
        self.count = max(1, min(_MOST, _SAMPLES // rows))
        self._strata = torch.arange(rows).repeat(self.count) / rows if stratified else None
        self._whole: Batch | None = None
        self.used = self.count  # batches that have been learned from

    def draw(self, coupler: Coupler, path: Interpolant, dice: torch.Generator) -> None:
        """Fill it anew with pairs of both ends and times."""
        n = self.count * self._rows
        x0, x1 = (_by_columns(end) for end in coupler.draw(n, dice))
        t = torch.rand(n, generator=dice, device=dice.device)
        if self._strata is not None:
            self._strata = self._strata.to(t.device)
            t = self._strata + t / self._rows
        z = torch.randn(2, n, generator=dice, device=dice.device).T if path.noisy else None
        x, displacement = path.point(x0, x1, t, z), path.velocity(x0, x1, t, z)
        aim = displacement if self._exact is None else self._exact(x, t)
        frame = self._net.frame(x, t, None if self._whole is None else self._whole.inputs)
        self._take(Batch.of(frame, aim.T, self._rows), displacement.T)
        self.used = 0

    def _take(self, whole: Batch, displacement: Tensor) -> None:
        if self._whole is None:
            self._whole, self._displacement = whole, displacement.contiguous()
            starts = range(0, self.count * self._rows, self._rows)
            self.data = data_of([whole.part(k, k + self._rows) for k in starts])
        else:
            self._whole.copy_(whole)
            self._displacement.copy_(displacement)

    def answers(self, first: int, last: int) -> tuple[Tensor, Tensor]:
        """Velocities (n, 2) that the batches first .. last - 1 were given, and displacements."""
        assert self._whole is not None
        answers = torch.cat(self.data.outputs[first:last], 1)
        first, last = first * self._rows, last * self._rows
        v = self._whole.part(first, last).velocity(answers)
        return v.T, self._displacement[:, first:last].T.clone()  # the next draw writes over it


def _by_columns(x: Tensor) -> Tensor:
    """The same (n, 2) with each coordinate contiguous: arithmetic with times is 5 times as fast."""
    return x.T.contiguous().T
