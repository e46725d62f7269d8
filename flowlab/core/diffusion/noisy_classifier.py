"""A classifier of noisy points, p(y | x_t), learned in seconds: what classifier guidance follows.

A small network on t and on the best linear estimate of x1 from x_t,

    l = m1 + beta (x - alpha m0 - beta m1) (alpha^2 C0 + beta^2 C1)^-1 C1,

trained by cross-entropy on points of all times (Dhariwal and Nichol 2021, arXiv:2105.05233). Where
all is noise, l is the same for all points: the gradient falls with beta, as that of the true
log p(y | x_t) does, so that what a velocity takes of it stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from flowlab.core.diffusion.exact_classifier import ends_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import NEEDS_NO_LATENT
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.interpolants.paths import Interpolant, interpolant_of
from flowlab.core.learning.conditioning import conditions_of
from flowlab.core.learning.preconditioning import Moments, measure_moments
from flowlab.core.solvers.ode import stop_if
from flowlab.core.views.cache import LruCache

STEPS = 2000  # of training, about two seconds
_WIDTH, _DEPTH, _TIMES = 48, 2, 2  # the latter sines and cosines of t
_BATCH, _DRAWN = 256, 32  # samples of a step, and steps that are drawn together
_RATE, _BETA1, _BETA2, _EPSILON = 4e-3, 0.9, 0.99, 1e-8  # of Adam
_EMA = 0.2  # the share of all steps over which weights are averaged
_NARROW = 1e-6  # of the target's variance, by which a thin one is widened


@dataclass(frozen=True, eq=False)
class Axes:
    """Axes along which both ends of a path vary independently, the target with unit variance."""

    path: Interpolant
    mean0: Tensor  # (2,)
    mean1: Tensor
    into: Tensor  # (2, 2), by which rows are multiplied
    variance: Tensor  # (2,), of the source along each axis

    @classmethod
    def of(cls, path: Interpolant, moments: Moments) -> Axes:
        """From the moments of both ends; a thin target is widened a little."""
        size = moments.cov0.trace() + moments.cov1.trace()
        values, turn = torch.linalg.eigh(moments.cov1)
        white = turn * values.clamp_min(_NARROW * float(size)).rsqrt()
        variance, turn = torch.linalg.eigh(white.T @ moments.cov0 @ white)
        return cls(path, moments.mean0, moments.mean1, white @ turn, variance)

    def inputs(self, x: Tensor, t: Tensor) -> Tensor:
        """l along the axes, and t with its waves: (n, 3 + 2 `_TIMES`), at x (n, 2), t (n, 1)."""
        alpha, beta = self.path.alpha(t), self.path.beta(t)
        off = (x - alpha * self.mean0.to(x) - beta * self.mean1.to(x)) @ self.into.to(x)
        linear = off * (beta / (alpha**2 * self.variance.to(x) + beta**2))
        k = math.pi * torch.arange(1, _TIMES + 1).to(x)
        times = torch.cat([2 * t - 1, (k * t).sin(), (k * t).cos()], 1)
        return torch.cat([linear, times.expand(len(x), -1)], 1)


@dataclass(frozen=True, eq=False)
class NoisyClassifier:
    """log p(y | x_t) along a path, by a network with fixed weights; thread-safe."""

    classes: tuple[int, ...]
    axes: Axes
    vector: Tensor  # all weights

    def to(self, device: torch.device | str) -> NoisyClassifier:
        """The same on a device."""
        return replace(self, vector=self.vector.to(device))

    def log_prob(self, x: Tensor, t: float | Tensor) -> Tensor:
        """log p(y | x_t = x), (n, K), at x (n, 2) and t, a number or (n,)."""
        times = torch.as_tensor(t).to(self.vector).reshape(-1, 1)
        return self.of_inputs(self.axes.inputs(x.to(self.vector), times))

    def of_inputs(self, h: Tensor) -> Tensor:
        """The same, (n, K), from the network's inputs: see `Axes.inputs`."""
        *hidden, last = self._layers()
        for weight in hidden:
            h = functional.silu(torch.addmm(weight[-1], h, weight[:-1]))
        return torch.addmm(last[-1], h, last[:-1]).log_softmax(1)

    def gradient(self, x: Tensor, t: float | Tensor, label: int) -> Tensor:
        """grad log p(y | x_t = x), (n, 2)."""
        with torch.enable_grad():
            points = x.detach().to(self.vector).requires_grad_()
            total = self.log_prob(points, t)[:, self.classes.index(label)].sum()
            (slope,) = torch.autograd.grad(total, points)
        return slope.to(x)

    def _layers(self) -> list[Tensor]:
        """Weights and biases (in + 1, out) of each layer."""
        shapes = _shapes(len(self.classes))
        parts = torch.split(self.vector, [rows * columns for rows, columns in shapes])
        return [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]


def _shapes(classes: int) -> list[tuple[int, int]]:
    widths = [3 + 2 * _TIMES, *[_WIDTH] * _DEPTH, classes]
    return [(before + 1, after) for before, after in pairwise(widths)]


class ClassifierTrainer:
    """Trains a classifier of a document's noisy points, a block of steps at a time.

    The same document and seed give the same classifier, whatever the blocks. Raises `Invalid` where
    the target has no classes, or the path adds noise of its own.
    """

    def __init__(self, document: Document, seed: int | None = None) -> None:
        seed = document.seed if seed is None else seed
        if document.path.noisy:
            raise Invalid(NEEDS_NO_LATENT)
        self._classes = conditions_of(ends_of(document))
        self._ends = build(document.source), build(document.target)
        self._rng = torch_rng(seed, Stream.CLASSIFIER_BATCHES)
        weights = torch_rng(seed, Stream.CLASSIFIER_WEIGHTS)
        self._axes = Axes.of(interpolant_of(document.path), measure_moments(*self._ends, weights))
        layers = [_initial(*shape, weights) for shape in _shapes(len(self._classes))]
        self._vector = torch.cat([layer.flatten() for layer in layers])
        self._average = self._vector.clone()
        self._mean, self._square = (torch.zeros_like(self._vector) for _ in range(2))
        self._batches: Iterator[tuple[Tensor, Tensor]] = iter(())
        self.step = 0

    def advance(self, block: int = 16) -> float:
        """Train for so many steps; the mean cross-entropy over them, in nats."""
        losses = [self._train(*self._next()) for _ in range(block)]
        return float(torch.stack(losses).mean())

    def classifier(self) -> NoisyClassifier:
        """The classifier as it is now, with the average of its weights."""
        return NoisyClassifier(self._classes, self._axes, self._average.clone())

    def _next(self) -> tuple[Tensor, Tensor]:
        """The inputs of a batch (n, ...), and which class each point is of (n,)."""
        batch = next(self._batches, None)
        if batch is None:
            self._batches = self._drawn()
            batch = next(self._batches)
        return batch

    def _drawn(self) -> Iterator[tuple[Tensor, Tensor]]:
        n, (source, target) = _BATCH * _DRAWN, self._ends
        x0, (x1, labels) = source.sample(n, self._rng), target.sample_labelled(n, self._rng)
        assert labels is not None
        t = (torch.arange(n) % _BATCH + torch.rand(n, generator=self._rng)) / _BATCH
        inputs = self._axes.inputs(self._axes.path.point(x0, x1, t), t[:, None])
        index = torch.searchsorted(torch.tensor(self._classes), labels)
        return zip(torch.split(inputs, _BATCH), torch.split(index, _BATCH), strict=True)

    def _train(self, inputs: Tensor, index: Tensor) -> Tensor:
        """One step of Adam; the loss before it."""
        with torch.enable_grad():
            vector = self._vector.detach().requires_grad_()
            now = NoisyClassifier(self._classes, self._axes, vector)
            loss = functional.nll_loss(now.of_inputs(inputs), index)
            (gradient,) = torch.autograd.grad(loss, vector)
        self.step += 1
        self._mean.lerp_(gradient, 1 - _BETA1)
        self._square.lerp_(gradient.square(), 1 - _BETA2)
        unbias1, unbias2 = 1 - _BETA1**self.step, 1 - _BETA2**self.step
        root = (self._square / unbias2).sqrt() + _EPSILON
        rate = _RATE * (1 - self.step / (self.step + STEPS))  # falls to a half at the end
        self._vector = self._vector - rate / unbias1 * self._mean / root
        self._average.lerp_(self._vector, 1 / (_EMA * self.step + 1))
        return loss.detach()


def _initial(rows: int, columns: int, rng: torch.Generator) -> Tensor:
    weights = torch.randn(rows, columns, generator=rng) * math.sqrt(1.5 / rows)
    weights[-1] = 0
    return weights


_trained: LruCache[NoisyClassifier] = LruCache(4)


def learned_classifier(
    document: Document,
    steps: int = STEPS,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> NoisyClassifier:
    """The classifier of a document's noisy points after so many steps of training, cached.

    `progress` is told which share of them is done. Raises `Cancelled`.
    """
    ends = _key(document)
    return _trained.get((ends, steps), lambda: _train_for(ends, steps, cancelled, progress))


def is_trained(document: Document, steps: int = STEPS) -> bool:
    """True if that classifier is cached."""
    return (_key(document), steps) in _trained


def _key(document: Document) -> Document:
    return replace(ends_of(document), seed=document.seed)


def _train_for(
    document: Document,
    steps: int,
    cancelled: Callable[[], bool] | None,
    progress: Callable[[float], None] | None,
) -> NoisyClassifier:
    trainer = ClassifierTrainer(document)
    while trainer.step < steps:
        stop_if(cancelled)
        trainer.advance(min(_DRAWN, steps - trainer.step))
        if progress is not None:
            progress(trainer.step / steps)
    return trainer.classifier()
