"""Minibatches of the next steps, drawn together: many small draws would cost more."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.training import ABSOLUTE, Training
from flowlab.core.interpolants.couplings import Coupler
from flowlab.core.interpolants.parameterization import Parameterization
from flowlab.core.learning.fast_step.flat_network import Batch, as_absolute, as_batches
from flowlab.core.learning.networks import VelocityNet
from flowlab.core.learning.wall_pairs import NoisedPoints, WallPairs
from flowlab.core.learning.wall_weighting import sqrt_weight_of

_DROPPED = 0.15  # share of classes between walls that aren't told, for the score of all
_MAX_BATCHES, _SAMPLES = 32, 10_000  # batches; samples, unless one batch needs more

ExactVelocity = Callable[[Tensor, Tensor], Tensor]  # (x (n, 2), t (n,)) -> velocity (n, 2)


class BatchBuffer:
    """Several minibatches in reused memory, with space for the network's outputs.

    The number of batches depends only on the batch size, so results don't depend on how steps are
    grouped. Nothing here makes the host wait, so a captured CUDA graph can be replayed on new data.

    With a noisy path and antithetic pairs, the second half of each batch repeats the first with -z
    (arXiv:2303.08797, appendix C): the terms that are odd in z, infinite at the ends of time as
    gamma' is, cancel in the gradient.
    """

    def __init__(
        self,
        net: VelocityNet,
        parameterization: Parameterization,
        training: Training,
        exact: ExactVelocity | None,
        noised: NoisedPoints | None = None,
    ) -> None:
        self._net, self._parameterization, self._exact = net, parameterization, exact
        self._rows = rows = training.batch
        self.count = batch_count(rows)
        self._walls = None if noised is None else WallPairs(noised, rows, self.count)
        self._weight = None if noised is None else sqrt_weight_of(training, noised)
        self._antithetic: tuple[Tensor, Tensor] | None = None
        draws = rows  # samples drawn for a batch
        if parameterization.path.noisy and training.antithetic:
            draws = (rows + 1) // 2
            self._antithetic = _antithetic(rows, draws, self.count)
        self._draws, self._dropout = draws, training.label_dropout
        self._as_data = as_absolute if training.objective == ABSOLUTE else as_batches
        strata = torch.arange(draws).repeat(self.count) / draws
        self._strata = strata if training.stratified else None
        self._joined: Batch | None = None
        self.used = self.count  # batches already trained on

    def draw(self, coupler: Coupler, rng: torch.Generator) -> None:
        """Refill the buffer with new pairs and times."""
        if self._walls is not None:
            self._draw_between(self._walls, rng)
            return
        x0, x1, t, z, condition = self._pairs(coupler, rng)
        to_learn = self._parameterization
        x, target = to_learn.path.point(x0, x1, t, z), to_learn.target(x0, x1, t, z)
        regression_target = target if self._exact is None else self._exact(x, t)
        buffer = None if self._joined is None else self._joined.inputs
        prepared = self._net.prepare(x, t, buffer, condition)
        sqrt_weight = None if to_learn.sqrt_weight is None else to_learn.sqrt_weight(t)
        self._store(
            Batch.of(prepared, regression_target.T, self._rows, sqrt_weight),
            target.T if sqrt_weight is None else sqrt_weight * target.T,
        )
        self.used = 0

    def _draw_between(self, walls: WallPairs, rng: torch.Generator) -> None:
        """Refill the buffer with points between walls, and the scores of their noise."""
        x, t, target, normals, condition = walls.draw(rng)
        condition = told(self._net, condition, rng)
        buffer = None if self._joined is None else self._joined.inputs
        prepared = self._net.prepare(by_columns(x), t, buffer, condition)
        weight = None if self._weight is None else self._weight(t)
        self._store(
            Batch.of(prepared, target.T, self._rows, weight, normals.T),
            target.T if weight is None else weight * target.T,
        )
        self.used = 0

    def _pairs(
        self, coupler: Coupler, rng: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None, Tensor | None]:
        """x0, x1 (n, 2), t (n,), z (n, 2) if the path is noisy, classes (n,) if conditional."""
        n, c = self.count * self._draws, None
        if self._net.class_count:
            x0, x1, c = coupler.labelled(n, rng)
            c = without_some(c, self._dropout, rng) if self._dropout else c
        else:
            x0, x1 = coupler.draw(n, rng)
        x0, x1 = by_columns(x0), by_columns(x1)
        t = torch.rand(n, generator=rng, device=rng.device)
        if self._strata is not None:
            self._strata = self._strata.to(t.device)
            t = self._strata + t / self._draws
        t = self._parameterization.times(t)
        if not self._parameterization.path.noisy:
            return x0, x1, t, None, c
        z = torch.randn(2, n, generator=rng, device=rng.device).T
        if self._antithetic is None:
            return x0, x1, t, z, c
        index, sign = (part.to(t.device) for part in self._antithetic)
        self._antithetic = index, sign
        x0, x1, z = (v.T[:, index].T for v in (x0, x1, z))
        c = None if c is None else c[index]
        return x0, x1, t[index], (sign * z.T).T, c

    def _store(self, joined: Batch, target: Tensor) -> None:
        if self._joined is None:
            self._joined, self._target = joined, target.contiguous()
            starts = range(0, self.count * self._rows, self._rows)
            self.data = self._as_data([joined.part(k, k + self._rows) for k in starts])
        else:
            self._joined.copy_(joined)
            self._target.copy_(target)

    def predictions(self, first: int, last: int) -> tuple[Tensor, Tensor]:
        """Predictions (n, k) for batches first .. last - 1, and their targets (n, k)."""
        assert self._joined is not None
        outputs = torch.cat(self.data.outputs[first:last], 1)
        first, last = first * self._rows, last * self._rows
        predictions = self._joined.part(first, last).prediction(outputs)
        return predictions.T, self._target[:, first:last].T.clone()  # the next draw overwrites it


def batch_count(rows: int) -> int:
    """How many batches of so many rows are drawn together."""
    return max(1, min(_MAX_BATCHES, _SAMPLES // rows))


def told(net: VelocityNet, classes: Tensor | None, rng: torch.Generator) -> Tensor | None:
    """The classes (n,) that a network between walls is told; None if it isn't conditional."""
    if not net.class_count or classes is None:
        return None
    return without_some(classes, _DROPPED, rng)


def without_some(classes: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Classes (n,) of which a random share isn't told, so that the field of all is learned too.

    Classifier-free guidance needs both (Ho and Salimans 2022, arXiv:2207.12598, algorithm 1).
    """
    dropped = torch.rand(len(classes), generator=rng, device=rng.device) < share
    return classes.masked_fill(dropped, NO_CLASS)


def _antithetic(rows: int, draws: int, count: int) -> tuple[Tensor, Tensor]:
    """For each row of the buffer, the index of its draw and the sign of its z: (count * rows,)."""
    one = torch.cat([torch.arange(draws), torch.arange(rows - draws)])
    sign = torch.cat([torch.ones(draws), -torch.ones(rows - draws)])
    start = draws * torch.arange(count)[:, None]
    return (start + one).reshape(-1), sign.repeat(count)


def by_columns(x: Tensor) -> Tensor:
    """The same (n, 2) with each coordinate contiguous: multiplying by t is 5 times as fast."""
    return x.T.contiguous().T
