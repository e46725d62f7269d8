"""Score matching side by side: one network, one seed, the same noised samples."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.score_batches import (
    Buffer,
    Noised,
    absolute_buffer,
    derivative_buffer,
    energy_buffer,
    regression_buffer,
)
from flowlab.core.diffusion.score_network import (
    ENERGY,
    SCORE,
    LearnedScore,
    Scaling,
    score_network,
)
from flowlab.core.diffusion.score_objectives import LOSSES, OBJECTIVES
from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.arguments import name_of, whole
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import SMOOTH, Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import Training
from flowlab.core.learning.fast_step.absolute_step import compiled_absolute
from flowlab.core.learning.fast_step.energy_step import compiled_energy
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.fast_step.implicit_step import compiled_implicit
from flowlab.core.learning.fast_step.step import FlatNetwork, compiled
from flowlab.core.learning.minibatches import batch_count
from flowlab.core.learning.networks import VelocityNet
from flowlab.core.learning.optimisers import hyperparameter_rows, initial_memory, optimizer_state
from flowlab.core.learning.preconditioning import measure_moments
from flowlab.core.solvers.ode import Cancelled

VECTORS = {"rademacher": "±1 in each axis", "gaussian": "N(0, I)"}
MOMENTS = 16  # of a training, at most, whose networks are remembered
_REGRESSIONS = ("denoising", "conditioned")
_NOISE, _VECTORS, _MOMENTS = range(3)  # substreams
_NARROWEST = 1e-3  # of a target's deviation, in units of the plane


@dataclass(frozen=True, kw_only=True)
class ScoreTask:
    """What is learned, by a network of which size, and how; raises `Invalid` for odd values.

    The noise levels are `sigma` alone, or all between both `sigmas` for the objective
    "conditioned".
    """

    target: Distribution
    sigma: float
    sigmas: tuple[float, float] = (0.02, 5.0)
    network: Network = Network()  # noqa: RUF009  # frozen
    training: Training = Training()  # noqa: RUF009
    steps: int = 2000
    seed: int = 0
    vectors: str = "rademacher"  # of the sliced objective
    loss: str = "mse"  # of the objectives "denoising" and "conditioned"
    device: str = "cpu"

    def __post_init__(self) -> None:
        low, high = self.sigmas
        if not 0 < self.sigma < math.inf or not 0 < low <= high < math.inf:
            raise Invalid("Noise levels must be positive numbers, the lower of two first.")
        name_of(self.vectors, VECTORS, "law of the vectors")
        name_of(self.loss, LOSSES, "loss")
        whole(self.steps, "The number of steps")
        if self.network.activation not in SMOOTH:
            raise Invalid(f"Scores need an activation without kinks: one of {', '.join(SMOOTH)}.")


@dataclass(frozen=True, eq=False)
class Learned:
    """A network with its averaged weights, and how it was trained."""

    net: VelocityNet
    scaling: Scaling
    losses: Floats  # (steps,), each step's before it was made
    steps_per_second: float
    history: tuple[tuple[int, VelocityNet], ...]  # networks after some numbers of steps, 0 to all

    @property
    def score(self) -> LearnedScore:
        """The score, if the network has the outputs of one."""
        return LearnedScore(self.net, self.scaling)


def learn_scores(
    task: ScoreTask,
    objectives: Sequence[str] = tuple(OBJECTIVES),
    *,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Learned]:
    """Train the same network once with each objective, from the same weights and samples.

    `progress` is told the share of all steps that is done. Raises `Invalid` for an unknown
    objective or where training diverges, and `Cancelled`.
    """
    for name in objectives:
        name_of(name, OBJECTIVES, "objective")
    found: dict[str, Learned] = {}
    for name in objectives:
        tell = None if progress is None else _share(progress, len(found), len(objectives))
        found[name] = learn(task, name, cancelled=cancelled, progress=tell)
    return found


def learn(
    task: ScoreTask,
    objective: str,
    *,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Learned:
    """Train a network with one objective, or with "energy" one of energies: see `learn_scores`."""
    training, device, rows = task.training, task.device, task.training.batch
    net = _network(task, objective).to(device)
    scaling = scaling_of(task.target, task.seed, device)
    flat, batches = FlatParameters(net, task.network.activation), batch_count(rows)
    optimizer = optimizer_state(training, initial_memory(training.optimiser, flat.vector))
    run, workspace = _step(task, objective, flat)
    rng, vectors = (_rng(task.seed, k, device) for k in (_NOISE, _VECTORS))
    losses: list[Tensor] = []
    history = [(0, _averaged(task, objective, flat))]
    began, done = time.perf_counter(), 0
    while done < task.steps:
        if cancelled is not None and cancelled():
            raise Cancelled
        noised = Noised.draw(task.target, _levels(task, objective), batches * rows, rng)
        with torch.no_grad():
            buffer = _buffer(task, objective, net, scaling, noised, vectors)
            steps = min(batches, task.steps - done)
            rates = hyperparameter_rows(training, steps, step=done, count=done, averaged=done)
            run(workspace, buffer.data, optimizer, 0, rates.to(device))
            losses.append(buffer.losses()[:steps])
        done += steps
        _check(losses[-1], done, training)
        if done - history[-1][0] >= task.steps / MOMENTS or done == task.steps:
            history.append((done, _averaged(task, objective, flat)))
        if progress is not None:
            progress(done / task.steps)
    rate = task.steps / (time.perf_counter() - began)
    losses_of_all = torch.cat(losses).cpu().numpy()
    return Learned(history[-1][1], scaling, losses_of_all, rate, tuple(history))


def scaling_of(target: Distribution, seed: int, device: str = "cpu") -> Scaling:
    """A target's mean and deviation, exact for mixtures."""
    moments = measure_moments(target, target, _rng(seed, _MOMENTS))
    deviation = math.sqrt(float(moments.cov1.trace()) / 2)
    return Scaling(moments.mean1.float()[:, None].to(device), max(deviation, _NARROWEST))


def _rng(seed: int, part: int, device: str = "cpu") -> torch.Generator:
    return torch_rng(seed, Stream.SCORE_BATCHES, part, device=device)


def _network(task: ScoreTask, objective: str) -> VelocityNet:
    outputs = ENERGY if objective == "energy" else SCORE
    return score_network(task.network, outputs, torch_rng(task.seed, Stream.SCORE_WEIGHTS))


def _levels(task: ScoreTask, objective: str) -> tuple[float, float]:
    return task.sigmas if objective == "conditioned" else (task.sigma, task.sigma)


def _step(
    task: ScoreTask, objective: str, flat: FlatParameters
) -> tuple[Callable[..., None], FlatNetwork]:
    """The written-out step of an objective, and the memory that it needs."""
    rows = task.training.batch
    if objective in _REGRESSIONS:
        run = compiled() if task.loss == "mse" else compiled_absolute()
        return run, flat.workspace(rows)
    run = compiled_energy() if objective == "energy" else compiled_implicit()
    return run, flat.workspace_with_derivatives(rows)


def _buffer(
    task: ScoreTask,
    objective: str,
    net: VelocityNet,
    scaling: Scaling,
    noised: Noised,
    rng: torch.Generator,
) -> Buffer:
    rows = task.training.batch
    if objective == "energy":
        return energy_buffer(net, scaling, noised, rows)
    if objective in _REGRESSIONS:
        build = regression_buffer if task.loss == "mse" else absolute_buffer
        return build(net, scaling, noised, rows)
    v = random_vectors(task.vectors, noised.z, rng) if objective == "sliced" else None
    return derivative_buffer(net, scaling, noised, rows, v)


def random_vectors(law: str, like: Tensor, rng: torch.Generator) -> Tensor:
    """Vectors v (2, n) with E[v v^T] = I, of one of the laws `VECTORS`."""
    if law == "gaussian":
        return torch.randn(like.shape, dtype=like.dtype, device=like.device, generator=rng)
    bits = torch.randint(0, 2, like.shape, device=like.device, generator=rng)
    return (2 * bits - 1).to(like)


def _averaged(task: ScoreTask, objective: str, flat: FlatParameters) -> VelocityNet:
    """A network of its own with the averaged weights."""
    net = _network(task, objective).to(task.device).requires_grad_(False)
    net.load_state_dict(flat.named(flat.average))
    return net


def _check(losses: Tensor, done: int, training: Training) -> None:
    if not bool(losses.isfinite().all()):
        raise Invalid(
            f"Training diverged before step {done:,} with learning rate "
            f"{training.learning_rate:g}: lower it."
        )


def _share(progress: Callable[[float], None], done: int, count: int) -> Callable[[float], None]:
    return lambda share: progress((done + share) / count)
