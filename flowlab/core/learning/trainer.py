"""Training as a generator: it yields after each block of steps, and the caller decides."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document, Network, Training
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import closed_form
from flowlab.core.interpolants.couplings import coupler_of, cross_covariance
from flowlab.core.interpolants.parameterization import parameterization_of
from flowlab.core.learning.conditioning import conditions_of
from flowlab.core.learning.copied import Copied
from flowlab.core.learning.devices import pick_device
from flowlab.core.learning.fast_step.cuda_graph import Steps, captured
from flowlab.core.learning.fast_step.flat_network import FlatNet
from flowlab.core.learning.fast_step.step import OptimizerState, compiled, run
from flowlab.core.learning.fourier_auto import fitted, resolved
from flowlab.core.learning.minibatches import BatchBuffer, Exact
from flowlab.core.learning.networks import (
    build_network,
    load_arrays,
    waves_of,
    with_classes,
    with_waves,
)
from flowlab.core.learning.objectives import quadratic, squared_error
from flowlab.core.learning.optimisers import fresh_memory, knobs_of, rule_of
from flowlab.core.learning.preconditioning import Moments, measure_moments
from flowlab.core.learning.weights import Weights

Arrays = Mapping[str, np.ndarray[Any, Any]]

_BLOCK = 16  # steps between looks at the clock
_FRESH = 100  # steps of memory the average keeps when the data change under it
_WORSE, _LOST = 4.0, 1e4  # times E|Y|^2, the error of predicting nothing
_STILL = 1e-6  # E|Y|^2 of ends so alike that any error is large beside it


class Diverged(RuntimeError):
    """Training left the numbers; the trainer is back at its last good weights, held here too."""

    def __init__(self, sentence: str, weights: Weights | None = None) -> None:
        super().__init__(sentence)
        self.weights = weights


@dataclass(frozen=True)
class Progress:
    """Where training stands: both losses of the raw weights, averaged over the last block."""

    step: int
    mse: float  # E|F - Y|^2, summed over the two axes; Y is I' where velocities are learned
    quadratic: float  # E[|F|^2 / 2 - Y.F]


class Trainer:
    """Trains the network of a document, a block of steps at a time; one thread may drive it.

    Same document, seed and device give the same weights; on the CPU bit by bit, whatever the
    sizes of the blocks (given the same number of torch threads).
    """

    def __init__(self, document: Document, *, device: str = "cpu", seed: int | None = None) -> None:
        self.device = pick_device(device)
        self.seed = document.seed if seed is None else seed
        self.step, self.seconds = 0, 0.0
        self._run = compiled()
        self._rng = torch_rng(self.seed, Stream.BATCHES, device=self.device)
        self._take_data(document)
        self._begin(resolved(document.network, document.source, document.target))

    def _begin(self, network: Network) -> None:
        """A fresh network, standardising the distributions that there are."""
        self.network = network  # the document's, with nothing left to be decided
        initial = torch_rng(self.seed, Stream.INITIAL_WEIGHTS)
        net = build_network(
            network, self._moments(), initial, self._parameterization, self._classes
        )
        net, self._told = net.to(self.device), self._classes
        self._flat = FlatNet(net, network.activation)
        self._others: dict[str, Tensor] | None = None  # what is measured, as last copied
        self._averaged = 0  # steps in the average
        self._renew()
        self._good = self._snapshot()

    def _renew(self) -> None:
        """A fresh optimiser and fresh data, after a change to either or to the weights' place."""
        self._forget()
        self._new_pool()

    def _forget(self) -> None:
        """A fresh optimiser."""
        self._memory = fresh_memory(self.document.training.optimiser, self._flat.vector)
        self._count = 0  # its steps

    def _new_pool(self) -> None:
        training = self.document.training
        self._net = self._flat.workspace(training.batch)
        self._pool = BatchBuffer(self._flat.net, self._parameterization, training, self._exact)
        self._replay: Steps | None = None  # of the steps of a whole pool
        self._tried = False  # to capture them

    def _moments(self) -> Moments:
        rng = torch_rng(self.seed, Stream.MOMENTS)
        ends = measure_moments(self._source, self._target, rng)
        rng = torch_rng(self.seed, Stream.CROSS_COVARIANCE)
        return dataclasses.replace(ends, cross=cross_covariance(self._coupler, rng))

    def steps(self, block: int = 16) -> Iterator[Progress]:
        """Train for ever, yielding after each `block` steps; raises `Diverged`."""
        while True:
            yield self.advance(block)

    def advance(
        self,
        block: int = 16,
        due: Callable[[int], int] | None = None,
        keep: Callable[[], None] | None = None,
    ) -> Progress:
        """Train for `block` steps; raises `Diverged` with the last good weights restored.

        `keep()` is called at each of the steps that `due` names, given the step before it.
        """
        start, before = time.perf_counter(), self._snapshot()
        seen: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            halt = math.inf if due is None else due(self.step)
            while block > 0:
                pool = self._pool
                if pool.used == pool.count:
                    pool.draw(self._coupler, self._rng)
                part = int(min(block, pool.count - pool.used, halt - self.step))
                seen.append(self._learn(part))
                block -= part
                if self.step == halt and due is not None and keep is not None:
                    keep()
                    halt = due(self.step)
            progress = self._judge(seen, before)
        self.seconds += time.perf_counter() - start
        return progress

    def _learn(self, steps: int) -> tuple[Tensor, Tensor]:
        """So many steps on the present pool; the predictions (n, 2) they met and targets."""
        pool, schedule = self._pool, self._schedule(steps)
        first, last = pool.used, pool.used + steps
        if self._replay is not None and steps == pool.count:
            self._replay(schedule)
        else:
            rule = rule_of(self.document.training, self._memory)
            self._run(self._net, pool.data, rule, first, schedule.to(self.device))
            if last == pool.count:
                self._capture(rule)
        self._count += steps
        self.step += steps
        self._averaged += steps
        pool.used = last
        return pool.answers(first, last)

    def _capture(self, rule: OptimizerState) -> None:
        """Once every batch of a pool has been run, make one graph of them where the device can."""
        if self._tried:
            return
        self._tried = True
        net, data, count = self._net, self._pool.data, self._pool.count
        self._replay = captured(lambda knobs: run(net, data, rule, 0, knobs), count, self.device)

    def _schedule(self, steps: int) -> Tensor:
        """The knobs (steps, 4) of the next steps.

        Power-law average (Karras et al. 2024, arXiv:2312.02696, with gamma = 1 / ema - 1): after k
        steps its window is the share `ema` of them, so it needs no budget in advance.
        """
        training, rows = self.document.training, []
        for k in range(steps):
            decays = (self.step + k) // training.decay_every if training.decay_every else 0
            rate = training.learning_rate * training.decay_factor**decays
            share = 1 / (training.ema * (self._averaged + k) + 1)
            rows.append(knobs_of(training, rate, self._count + k + 1, share))
        return torch.tensor(rows)

    def _judge(self, seen: list[tuple[Tensor, Tensor]], before: _Snapshot) -> Progress:
        """Read the losses of a block, its only host sync, and keep or restore the weights.

        The first loss is that of the weights `before` the block; nothing is known yet of those
        after it, so they are not kept.
        """
        found, target = (torch.cat(part) for part in zip(*seen, strict=True))
        power = target.square().sum(1).mean()
        size = self._flat.vector.square().sum()
        rows = self.document.training.batch
        early = squared_error(found[:rows], target[:rows])
        losses = early, squared_error(found, target), quadratic(found, target)
        first, mse, quad, power_, size_ = torch.stack([*losses, power, size]).tolist()
        power_ = max(power_, _STILL)
        if first <= _WORSE * power_:
            self._good = before
        if not (math.isfinite(mse) and math.isfinite(size_) and mse <= _LOST * power_):
            at = self.step
            self._restore()
            raise Diverged(
                f"Training diverged at step {at} with learning rate "
                f"{self.document.training.learning_rate:g}: lower it and go on "
                f"from the weights of step {self.step}, or reset.",
                self.weights(),
            )
        return Progress(self.step, mse, quad)

    def _snapshot(self) -> _Snapshot:
        return _Snapshot(self.step, self._averaged, self._count, [v.clone() for v in self._state()])

    def _state(self) -> list[Tensor]:
        return [self._flat.vector, self._flat.average, *self._memory]

    def _restore(self) -> None:
        good = self._good
        self.step, self._averaged, self._count = good.step, good.averaged, good.count
        for value, kept in zip(self._state(), good.tensors, strict=True):
            value.copy_(kept)

    def swap_data(self, document: Document) -> None:
        """Go on with other distributions or pairs: weights and optimiser stay as they are.

        So does the preconditioning, unless it no longer brings the data near unit size. Raises
        `Invalid`, changing nothing, where a distribution cannot be built.
        """
        kept = self.document
        ends = {name: getattr(document, name) for name in ("source", "target", "coupling")}
        self._take_data(dataclasses.replace(kept, **ends))
        standard, moments = self._flat.net.standard, self._moments()
        if standard is not None and standard.strays(moments):
            standard.fit(moments)
            self._others = None
        self._averaged = min(self._averaged, _FRESH)
        wanted = resolved(kept.network, document.source, document.target)
        waves = waves_of(wanted) > waves_of(self.network)
        if waves or self._told != self._classes:
            self._regrow(wanted if waves else self.network, waves)
        self._new_pool()

    def _regrow(self, network: Network, waves: bool) -> None:
        """Let the network see waves of x, or be told other classes, from now on.

        It starts with no use for waves that it did not see.
        """

        def grown(arrays: Arrays) -> Arrays:
            arrays = with_waves(arrays, network) if waves else arrays
            return with_classes(arrays, self._classes) if self._classes else arrays

        weights, step, averaged = self.weights(), self.step, self._averaged
        assert weights.raw is not None
        self._begin(network)
        for arrays, vector in (
            (weights.arrays, self._flat.average),
            (weights.raw, self._flat.vector),
        ):
            load_arrays(self._flat.net, grown(arrays))
            self._others = None
            vector.copy_(self._flat.vector)
        self.step, self._averaged = step, averaged
        self._good = self._snapshot()

    def _take_data(self, document: Document) -> None:
        """Build what the document's data need; raises `Invalid`, changing nothing."""
        classes = conditions_of(document) if document.network.conditional else ()
        coupler, parameterization = coupler_of(document), parameterization_of(document)
        exact = _exact(document, self.device)
        self._source, self._target = build(document.source), build(document.target)
        self._coupler, self._parameterization, self._exact = coupler, parameterization, exact
        self._classes = classes  # that a conditional network is told
        self.document = document

    def set_training(self, training: Training) -> None:
        """Change the learning rate and the like without a reset, from the next step on.

        Raises `Invalid`, changing nothing, for an exact target where none is known.
        """
        before = self.document.training
        document = dataclasses.replace(self.document, training=training)
        if document.network.conditional:
            conditions_of(document)
        if before.target != training.target:
            self._exact = _exact(document, self.device)
        self.document, self._replay, self._tried = document, None, False
        data = ("batch", "stratified", "target", "antithetic")
        if any(getattr(before, name) != getattr(training, name) for name in data):
            self._new_pool()
        if before.optimiser != training.optimiser:
            self._forget()
            good, fresh = self._good, [value.clone() for value in self._memory]
            self._good = _Snapshot(good.step, good.averaged, 0, [*good.tensors[:2], *fresh])
        if training.ema and not before.ema:
            self._averaged = min(self._averaged, _FRESH)

    def weights(self) -> Weights:
        """The averaged weights, and the raw ones, as arrays."""
        return self.copy().weights()

    def copy(self) -> Copied:
        """The weights of this very step, copied at little cost."""
        flat = self._flat
        if self._others is None:
            learned = {name for name, _ in flat.net.named_parameters()}
            values = flat.net.state_dict().items()
            self._others = {name: value.clone() for name, value in values if name not in learned}
        averaged, raw = flat.average.clone(), flat.vector.clone()
        return Copied(self.step, self.seconds, flat, averaged, raw, self._others)

    def load(self, weights: Weights) -> None:
        """Go on from saved weights, with a fresh optimiser; raises `Invalid` if they don't fit."""
        if not all(np.isfinite(value).all() for value in weights.arrays.values()):
            raise Invalid("These weights hold numbers that are not finite; train anew.")
        network = fitted(self.document.network, weights.arrays)
        if network != self.network:
            self._begin(network)
        load_arrays(self._flat.net, weights.arrays)  # its parameters are views of the vector
        self._others = None
        self._flat.average.copy_(self._flat.vector)
        self.step = self._averaged = weights.step
        self.seconds = weights.seconds
        self._renew()
        self._good = self._snapshot()


@dataclass(frozen=True, eq=False)
class _Snapshot:
    step: int
    averaged: int
    count: int  # of the optimiser's steps
    tensors: list[Tensor]


def _exact(document: Document, device: str) -> Exact | None:
    """The exact velocity that is to be learned, where the document wants that."""
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


def run_training(
    document: Document,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Trainer:
    """Train for so many steps or seconds, whichever ends first; 2000 steps where neither is given.

    Raises `Invalid` for a device that isn't there and `Diverged`.
    """
    if steps is None and seconds is None:
        steps = 2000
    trainer = Trainer(document, device=device, seed=seed)
    while (steps is None or trainer.step < steps) and (
        seconds is None or trainer.seconds < seconds
    ):
        found = trainer.advance(_BLOCK if steps is None else min(_BLOCK, steps - trainer.step))
        if progress is not None:
            progress(found)
    return trainer


def warm_up() -> None:
    """Run a few throw-away steps, so that the first real ones don't pay for torch's own start."""
    trainer = Trainer(Document())
    for _ in range(3):  # TorchScript looks at two calls before it settles
        trainer.advance(2)
