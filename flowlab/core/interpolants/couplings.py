"""Couplings: which source point is paired with which target point.

Every coupling keeps both marginals: each end alone has the distribution that the document gives.
Minibatch couplings: Pooladian et al. 2023, arXiv:2304.14772; Tong et al. 2023, arXiv:2302.00482.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.distributions.refusals import check_pairs
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.matching import (
    line_cost,
    optimal_assignment,
    sample_plan,
    sinkhorn_plan,
    squared_distances,
)

_BANK_SIZE = 16_384  # pairs in the bank
_FEWEST = 4  # batches that can always be afforded
_FIRST = 1024  # pairs matched before the first draw
_GROWING, _STEADY = 4e-3, 2e-3  # seconds of matching per draw
# Estimated seconds of matching a batch of 128, and the power of the batch size they grow with.
_PRICES = {"ot": (2.5e-3, 2.7), "sinkhorn": (6e-3, 2.0), "lines": (1e-3, 2.5)}

# x0, x1 (g, B, 2), forbidden pairs (g, B, B) or None, generator -> matched columns (g, B)
Match = Callable[[Tensor, Tensor, Tensor | None, torch.Generator], Tensor]


class Coupler(Protocol):
    """Draws pairs (x0, x1) whose marginals are the document's source and target."""

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), on the generator's device."""
        ...

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Like `draw`, without repeated pairs; fewer than n where a finite set is exhausted."""
        ...

    def affordable(self, most: int, seconds: float) -> int:
        """How many pairs `fresh` can draw in about so many seconds, up to `most`."""
        ...

    def labelled(
        self, n: int, rng: torch.Generator, *, fresh: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x0, x1 (n, 2) and the classes (n,) int64 of the target points; none twice if `fresh`.

        Conditioned on the class, x0 still has the source distribution. Raises `Invalid` if the
        target has no classes.
        """
        ...


class IndependentCoupler:
    """x0 ~ p0 and x1 ~ p1, drawn independently."""

    def __init__(self, source: Distribution, target: Distribution) -> None:
        self.source, self.target = source, target

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), on the generator's device."""
        return self.source.sample(n, rng), self.target.sample(n, rng)

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """The same as `draw`: independent draws don't repeat."""
        return self.draw(n, rng)

    def affordable(self, most: int, seconds: float) -> int:  # noqa: ARG002
        """All of them: nothing is matched."""
        return most

    def labelled(
        self,
        n: int,
        rng: torch.Generator,
        *,
        fresh: bool = False,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x0, x1 (n, 2) and the classes (n,) of x1; raises `Invalid` if there are none."""
        return self.source.sample(n, rng), *_labelled(self.target, n, rng)


def _labelled(target: Distribution, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Samples (n, 2) and their classes (n,); raises `Invalid` if the target has no classes."""
    x, classes = target.sample_labelled(n, rng)
    if classes is None:
        raise Invalid("The target has no classes to be a condition: choose one that has.")
    return x, classes


class MinibatchCoupler:
    """Pairs matched within minibatches, held in a bank that is slowly refreshed.

    Matching costs more than a training step, so each pair is used many times, each time with
    another t. The number of batches matched per draw depends only on the number of draws so far, so
    the same seed gives the same pairs on every machine.

    If `labelled`, points are matched within each class. Matched across classes, the source points
    paired with class c would be those near class c, but the flow of class c starts from the whole
    source.
    """

    def __init__(
        self,
        source: Distribution,
        target: Distribution,
        batch: int,
        match: Match,
        price: float,
        labelled: bool = False,
    ) -> None:
        """`price` is roughly the number of seconds that matching one batch takes."""
        self._width = 5 if labelled else 4  # columns of a pair: x0, x1 and, if labelled, the class
        self._source, self._target, self._match = source, target, match
        self._batch, self._price = batch, price
        self._capacity = max(1, _BANK_SIZE // batch)  # batches in the bank
        self._matched_batches, self._budget = 0, 0.0  # batches matched so far; seconds saved up
        self._bank = torch.empty(0, self._width)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), on the generator's device."""
        pairs = self._draw_rows(n, rng)
        return pairs[:, :2], pairs[:, 2:4]

    def labelled(
        self, n: int, rng: torch.Generator, *, fresh: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x0, x1 (n, 2) and the classes (n,) of x1; raises `Invalid` if matched across classes."""
        if self._width < 5:
            raise Invalid("These pairs are matched across classes.")
        pairs = self._fresh_rows(n, rng) if fresh else self._draw_rows(n, rng)
        return pairs[:, :2], pairs[:, 2:4], pairs[:, 4].long()

    def _draw_rows(self, n: int, rng: torch.Generator) -> Tensor:
        self._refresh(n, rng)
        stored = min(self._matched_batches, self._capacity) * self._batch
        return self._bank[torch.randint(stored, (n,), generator=rng, device=rng.device)]

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), matched for this call."""
        pairs = self._fresh_rows(n, rng)
        return pairs[:, :2], pairs[:, 2:4]

    def _fresh_rows(self, n: int, rng: torch.Generator) -> Tensor:
        return self.match_batches(math.ceil(n / self._batch), rng)[:n]

    def affordable(self, most: int, seconds: float) -> int:
        """So many that matching them takes about these seconds; a few batches at least."""
        return min(most, self._batch * max(_FEWEST, int(seconds / self._price)))

    def _refresh(self, n: int, rng: torch.Generator) -> None:
        """Match some new batches and overwrite the oldest ones in the bank."""
        if not self._matched_batches:
            size = self._capacity * self._batch, self._width
            self._bank = torch.empty(size, device=rng.device)
            self._store(math.ceil(min(max(n, 1), _FIRST) / self._batch), rng)
            return
        self._bank = self._bank.to(rng.device)
        self._budget += _GROWING if self._matched_batches < self._capacity else _STEADY
        count = min(int(self._budget / self._price), self._capacity)
        self._budget -= count * self._price
        self._store(count, rng)

    def _store(self, count: int, rng: torch.Generator) -> None:
        count = min(count, self._capacity)
        if not count:
            return
        pairs = self.match_batches(count, rng).reshape(count, self._batch, self._width)
        bank = self._bank.view(self._capacity, self._batch, self._width)
        places = (
            torch.arange(self._matched_batches, self._matched_batches + count, device=rng.device)
            % self._capacity
        )
        bank[places] = pairs
        self._matched_batches += count

    def match_batches(self, count: int, rng: torch.Generator) -> Tensor:
        """`count` new matched batches: x0, x1 (count * batch, 4), or 5 columns with the class."""
        n, shape = count * self._batch, (count, self._batch, 2)
        x0 = self._source.sample(n, rng).view(shape)
        if self._width == 4:
            x1, classes = self._target.sample(n, rng).view(shape), None
        else:
            x1, classes = _labelled(self._target, n, rng)
            x1, classes = x1.view(shape), classes.view(shape[:2])
        forbidden = None if classes is None else classes[:, :, None] != classes[:, None]
        partner = self._match(x0, x1, forbidden, rng)[..., None].expand(shape)
        columns = [x0, x1.gather(1, partner)]
        if classes is not None:  # x0 and x1 of a pair have the same one
            columns.append(classes[..., None].to(x0))
        return torch.cat(columns, 2).view(-1, self._width)


class FixedCoupler:
    """Pairs (n, 4) that an earlier flow generated (reflow), drawn at random with replacement."""

    def __init__(self, pairs: Tensor) -> None:
        self._pairs = pairs

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), on the generator's device."""
        self._pairs = self._pairs.to(rng.device)
        index = torch.randint(len(self._pairs), (n,), generator=rng, device=rng.device)
        pairs = self._pairs[index]
        return pairs[:, :2], pairs[:, 2:]

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1 (n, 2) without repeated pairs; fewer than n if there are fewer pairs."""
        index = torch.randperm(len(self._pairs), generator=rng, device=rng.device)[:n]
        pairs = self._pairs.to(rng.device)[index]
        return pairs[:, :2], pairs[:, 2:]

    def affordable(self, most: int, seconds: float) -> int:
        """All pairs there are, up to `most`."""
        del seconds
        return min(most, len(self._pairs))

    def labelled(
        self, n: int, rng: torch.Generator, *, fresh: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Raises `Invalid`: reflow pairs carry no classes."""
        del n, rng, fresh
        raise Invalid("Reflow pairs do not say which class they are of: choose another coupling.")


def coupler_of(document: Document) -> Coupler:
    """The coupler of a document; raises `Invalid` if an end cannot be built."""
    coupling = document.coupling
    source, target = build(document.source), build(document.target)
    if coupling.kind == "reflow":
        return FixedCoupler(_pairs_of(document))
    match = _match_of(coupling)
    if match is None:
        return IndependentCoupler(source, target)
    labelled = document.network.conditional and target.labels is not None  # or refused later
    return MinibatchCoupler(source, target, coupling.batch, match, _price(coupling), labelled)


def _pairs_of(document: Document) -> Tensor:
    coupling = document.coupling
    assert coupling.pairs is not None
    check_pairs(document)
    return torch.tensor(coupling.pairs.values, dtype=torch.float32)


def _match_of(coupling: Coupling) -> Match | None:
    """The function that matches a batch, or None for the independent coupling."""
    if coupling.kind == "ot":
        return lambda x0, x1, forbidden, _: optimal_assignment(squared_distances(x0, x1), forbidden)
    if coupling.kind == "sinkhorn":
        strength = coupling.regularisation
        return lambda x0, x1, forbidden, rng: sample_plan(
            sinkhorn_plan(squared_distances(x0, x1), strength, forbidden), rng
        )
    if coupling.kind == "lines" and coupling.lines is not None:
        lines, reach = torch.tensor(coupling.lines.values, dtype=torch.float32), coupling.reach
        return lambda x0, x1, forbidden, _: optimal_assignment(
            line_cost(x0, x1, lines.to(x0.device), reach), forbidden
        )
    return None


def _price(coupling: Coupling) -> float:
    """Estimated seconds to match one batch: a formula, so that results are reproducible."""
    seconds, power = _PRICES[coupling.kind]
    return 2e-5 + seconds * float((coupling.batch / 128) ** power)


def cross_covariance(coupler: Coupler, rng: torch.Generator, n: int = 20_000) -> Tensor:
    """Cov(x0, x1), (2, 2) float64 on the CPU, rows for x0, from `n` pairs; 0 if independent.

    The linear regression of x1 - x0 on x_t needs it besides the moments of both ends.
    """
    if isinstance(coupler, IndependentCoupler):
        return torch.zeros(2, 2, dtype=torch.float64)
    x0, x1 = (end.double().cpu() for end in coupler.draw(n, rng))
    return (x0 - x0.mean(0)).T @ (x1 - x1.mean(0)) / (n - 1)
