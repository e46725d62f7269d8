"""Couplings: which source point is paired with which target point.

Whatever pairs them, each end alone has the distribution that the document gives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Coupling, Document
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.matching import (
    line_cost,
    optimal_assignment,
    sample_plan,
    sinkhorn_plan,
    squared_distances,
)

_BANK_SIZE = 16_384  # pairs that are kept
_FIRST = 1024  # of them matched before the first draw
_GROWING, _STEADY = 4e-3, 2e-3  # seconds of matching that a draw may cost, at these prices:
_PRICES = {"ot": (2.5e-3, 2.7), "sinkhorn": (6e-3, 2.0), "lines": (1e-3, 2.5)}  # of 128, growth

# x0, x1 (g, B, 2) and which of them may not meet (g, B, B), or None -> columns (g, B)
Match = Callable[[Tensor, Tensor, Tensor | None, torch.Generator], Tensor]


class Coupler(Protocol):
    """Draws pairs whose two ends have the document's distributions."""

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        ...

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """The same, but no pair comes twice; at most as many as there are."""
        ...

    def labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pairs as `draw` gives them, and the classes (n,) int64 of the target points.

        Given its class, x0 has the whole source's distribution. Raises `Invalid` without classes.
        """
        ...


class IndependentCoupler:
    """Both ends drawn by themselves."""

    def __init__(self, source: Distribution, target: Distribution) -> None:
        self.source, self.target = source, target

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        return self.source.sample(n, rng), self.target.sample(n, rng)

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """The same."""
        return self.draw(n, rng)

    def labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """x0 and x1, each (n, 2), and the classes (n,) of the latter; raises `Invalid`."""
        return self.source.sample(n, rng), *_labelled(self.target, n, rng)


def _labelled(target: Distribution, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Samples (n, 2) and their classes (n,); raises `Invalid` where there are none."""
    x, classes = target.sample_labelled(n, rng)
    if classes is None:
        raise Invalid("The target has no classes to be a condition: choose one that has.")
    return x, classes


class MinibatchCoupler:
    """Batches of both ends, each matched within itself, in a bank that is slowly renewed.

    Matching is dearer than a training step, so every pair is used many times, each time at another
    t. How much is matched anew at a draw hangs on the number of draws so far alone: the same dice
    give the same pairs on every machine.

    Where it is to be `labelled`, each class is matched within itself. Matched across classes, the
    points that meet class c would be those of the source that lie near it, while a flow for class
    c begins with any of them.
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
        """`price` is about how many seconds matching one batch takes."""
        self._width = 5 if labelled else 4  # of a pair: x0, x1, and the class
        self._source, self._target, self._match = source, target, match
        self._batch, self._price = batch, price
        self._capacity = max(1, _BANK_SIZE // batch)  # batches in the bank
        self._matched_batches, self._budget = 0, 0.0  # batches matched so far, and seconds saved up
        self._bank = torch.empty(0, self._width)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        pairs = self._draw_rows(n, rng)
        return pairs[:, :2], pairs[:, 2:4]

    def labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """x0 and x1, each (n, 2), and the classes (n,) of the latter; raises `Invalid`."""
        if self._width < 5:
            raise Invalid("These pairs are matched across classes.")
        pairs = self._draw_rows(n, rng)
        return pairs[:, :2], pairs[:, 2:4], pairs[:, 4].long()

    def _draw_rows(self, n: int, rng: torch.Generator) -> Tensor:
        self._refresh(n, rng)
        stored = min(self._matched_batches, self._capacity) * self._batch
        return self._bank[torch.randint(stored, (n,), generator=rng, device=rng.device)]

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2), matched for this call."""
        pairs = self.match_batches(math.ceil(n / self._batch), rng)[:n]
        return pairs[:, :2], pairs[:, 2:4]

    def _refresh(self, n: int, rng: torch.Generator) -> None:
        """Match some batches anew, and put them where the oldest are."""
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
        """So many batches of fresh pairs, (count * batch, 4), or 5 columns with the class."""
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
        if classes is not None:  # of row and column alike
            columns.append(classes[..., None].to(x0))
        return torch.cat(columns, 2).view(-1, self._width)


class FixedCoupler:
    """Pairs (n, 4) that an earlier flow has made, drawn at random."""

    def __init__(self, pairs: Tensor) -> None:
        self._pairs = pairs

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) on the generator's device."""
        self._pairs = self._pairs.to(rng.device)
        index = torch.randint(len(self._pairs), (n,), generator=rng, device=rng.device)
        pairs = self._pairs[index]
        return pairs[:, :2], pairs[:, 2:]

    def fresh(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """x0 and x1, each (n, 2) or as many as there are, no pair twice."""
        index = torch.randperm(len(self._pairs), generator=rng, device=rng.device)[:n]
        pairs = self._pairs.to(rng.device)[index]
        return pairs[:, :2], pairs[:, 2:]

    def labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Raises `Invalid`: the flow that made the pairs knew of no classes."""
        del n, rng
        raise Invalid("Reflow pairs do not say which class they are of: choose another coupling.")


def coupler_of(document: Document) -> Coupler:
    """What draws the document's pairs; raises `Invalid` where an end cannot be built."""
    coupling = document.coupling
    source, target = build(document.source), build(document.target)
    if coupling.kind == "reflow":
        return FixedCoupler(_pairs_of(document))
    match = _match_of(coupling)
    if match is None:
        return IndependentCoupler(source, target)
    labelled = document.network.conditional and target.labels is not None  # else refused later
    return MinibatchCoupler(source, target, coupling.batch, match, _price(coupling), labelled)


def _pairs_of(document: Document) -> Tensor:
    coupling = document.coupling
    assert coupling.pairs is not None
    if coupling.ends and coupling.ends != fingerprint(document.source, document.target):
        raise Invalid(
            "The reflow pairs join other distributions than these: choose another coupling, "
            "train, and press Reflow again."
        )
    return torch.tensor(coupling.pairs.values, dtype=torch.float32)


def _match_of(coupling: Coupling) -> Match | None:
    """How a coupling matches a batch; None where it leaves points as they come."""
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
    """About how many seconds matching one batch takes; a fixed rule, so that results are too."""
    seconds, power = _PRICES[coupling.kind]
    return 2e-5 + seconds * float((coupling.batch / 128) ** power)


def cross_covariance(coupler: Coupler, rng: torch.Generator, n: int = 20_000) -> Tensor:
    """Cov(x0, x1), (2, 2) float64 on the CPU: rows are x0's axes; from `n` pairs, 0 if independent.

    It is what the linear regression of x1 - x0 on x_t needs beside the moments of both ends.
    """
    if isinstance(coupler, IndependentCoupler):
        return torch.zeros(2, 2, dtype=torch.float64)
    x0, x1 = (end.double().cpu() for end in coupler.draw(n, rng))
    return (x0 - x0.mean(0)).T @ (x1 - x1.mean(0)) / (n - 1)
