"""A trained flow as a value: its weights, its losses, and its velocity and score."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.array_types import AnyArray, Ints
from flowlab.core.diffusion.denoiser import NEEDS_DOCUMENT
from flowlab.core.diffusion.exact_classifier import checked_label
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import diffused
from flowlab.core.distributions.checks import points_of, tensor_of, times_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import is_real, kind_of, whole
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.shapes import FURTHEST
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle, extended_field
from flowlab.core.learning.conditioning import sample_conditions
from flowlab.core.learning.devices import pick_device
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity, classes_of
from flowlab.core.learning.trainer import Progress, Trainer, run_training
from flowlab.core.learning.weights import Weights
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.threads import threads_used
from flowlab.core.stochastic.sampling import SdeSolver, carried_by_sde
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.lost import lost_words
from flowlab.work.sampling import check_memory

_MOST_SECONDS = 1e7  # of training
_FEW = 256  # points that tell how far out an end reaches
_THREADS = 4  # that carry particles, at most
_LAST = 1 - 1e-6  # at t = 1 the score doesn't follow from a velocity or a denoiser


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """A document with trained weights."""

    document: Document
    weights: Weights
    losses: dict[str, AnyArray] = field(default_factory=dict)  # step, mse, quadratic
    device: str = "cpu"

    @functools.cached_property
    def field(self) -> LearnedVelocity:
        """The network as a field; raises `Invalid` where the weights don't fit the document."""
        return field_of(self.document, self.weights, self.device)

    def __post_init__(self) -> None:
        """Raises `Invalid` unless these are a document, weights and a device."""
        kind_of(self.document, Document, "The document of a run", "a document")
        kind_of(self.weights, Weights, "The weights of a run", "those of another run")
        kind_of(self.losses, Mapping, "The losses of a run", "a dictionary of arrays")
        pick_device(kind_of(self.device, str, "The device", "its name, as cpu or cuda"))

    def __repr__(self) -> str:
        ends = f"{self.document.source.title} → {self.document.target.title}"
        return f"<run of {ends}, {self.weights.step} steps in {self.weights.seconds:.1f} s>"

    def velocity(
        self,
        x: ArrayLike | Tensor,
        t: float | ArrayLike | Tensor,
        condition: int | ArrayLike | Tensor | None = None,
    ) -> Tensor:
        """Learned velocity (n, 2) at x (n, 2) and t, a number or (n,).

        A conditional network needs a `condition`: one class, or the class of each point (n,).
        """
        points, times = _points(x, t)
        c = condition_of(self.field.classes, condition, len(points))
        return self.field.velocity(points, times, c)

    def score(
        self,
        x: ArrayLike | Tensor,
        t: float | ArrayLike | Tensor,
        condition: int | ArrayLike | Tensor | None = None,
    ) -> Tensor:
        """Learned score (n, 2) for t < 1, computed from what the network predicts.

        Raises `Invalid` where that is impossible: for example from a velocity, unless the source
        is one Gaussian.
        """
        points, times = _points(x, t)
        if not bool((times <= _LAST).all()):
            raise Invalid(
                "The score follows from what the network predicts only for t < 1, not at "
                f"{float(times.max()):g}."
            )
        c = condition_of(self.field.classes, condition, len(points))
        return self.field.predict("score", points.detach(), times, c)


def condition_of(classes: tuple[int, ...], condition: Any, n: int) -> int | Tensor | None:
    """Check a condition: one class, or the class of each of n points (n,); raises `Invalid`."""
    if condition is None:
        return None
    if not classes:
        raise Invalid("This network is not conditional: it takes no class.")
    value = tensor_of(condition, "The condition")
    known = torch.tensor(classes)
    wrong = value.dtype == torch.bool or value.shape not in ((), (n,))
    if wrong or not bool(torch.isin(value, known).all()):
        names = ", ".join(str(k) for k in classes)
        raise Invalid(
            f"The condition must be one class or that of each point, out of {names}, not "
            f"{shown(condition)}."
        )
    return int(value) if value.ndim == 0 else value.long()


def _points(x: ArrayLike | Tensor, t: float | ArrayLike | Tensor) -> tuple[Tensor, Tensor]:
    given = points_of(x)[0]
    if bool((given.isfinite() & (given.double().abs() > FURTHEST)).any()):
        raise Invalid(f"A network takes coordinates of at most {FURTHEST:g} in size; rescale them.")
    points = given.float()
    return points, times_of(t, len(points), points).expand(len(points))


def train(
    document: Document,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    due: Callable[[int], int] | None = None,
    keep: Callable[[Weights], None] | None = None,
) -> Run:
    """See `flowlab.train`; `due` and `keep` as `run_training` has them."""
    _check_budget(seconds, steps)
    if not (progress is None or callable(progress)):
        raise Invalid(f"progress must be a function, or None, not {shown(progress)}.")
    if seed is not None:
        document = replace(document, seed=seed)
    rows: list[Progress] = []

    def note(row: Progress) -> None:
        rows.append(row)
        if progress is not None:
            progress(row)

    with threads_used(1):  # more make a small network slower, and far slower on a busy machine
        trainer = run_training(
            document,
            steps=steps,
            seconds=seconds,
            device=device,
            progress=note,
            due=due,
            keep=keep,
        )
        return _finished(document, trainer, rows)


def _finished(document: Document, trainer: Trainer, rows: list[Progress]) -> Run:
    losses = {
        name: np.array([getattr(row, name) for row in rows])
        for name in ("step", "mse", "quadratic")
    }
    return Run(
        document=document, weights=trainer.weights(), losses=losses, device=str(trainer.device)
    )


def _check_budget(seconds: float | None, steps: int | None) -> None:
    if seconds is not None and not (is_real(seconds) and 0 < seconds <= _MOST_SECONDS):
        raise Invalid(
            f"Seconds must be more than 0 and at most {_MOST_SECONDS:g}, not {shown(seconds)}."
        )
    if steps is not None:
        whole(steps, "Steps", 1, 10**9)


def sample(
    run_or_oracle: Run | Oracle,
    n: int,
    solver: Solver | SdeSolver | Sampler,
    seed: int,
    condition: Any = None,
) -> Bundle:
    """See `flowlab.sample`."""
    n, seed = whole(n, "n"), whole(seed, "The seed", 0, 2**63 - 1)
    check_memory(n, solver)
    flow, x, labels = _start(run_or_oracle, n, solver, seed)
    classes, label = classes_of(flow), solver.label if isinstance(solver, Sampler) else None
    if label is not None:
        condition, labels = _only(condition, label, run_or_oracle.document, classes), None
    if condition is not None and not isinstance(run_or_oracle, Run):
        raise Invalid("An oracle takes its class as flowlab.oracle(document, condition=...).")
    if not classes:
        condition_of(classes, condition, n)
        c = None
    else:
        assert isinstance(run_or_oracle, Run)
        c = _conditions(run_or_oracle, labels, n, solver.direction, seed, condition)
        labels = c.numpy()
    if label is not None:
        labels = np.full(n, label)
    step = run_or_oracle.weights.step if isinstance(run_or_oracle, Run) else 0
    facts: dict[str, Any] = {"classes": classes, "labels": labels, "step": step}
    if isinstance(solver, Solver):
        return carried(flow, x, solver, condition=c, **facts)
    if isinstance(solver, Sampler):
        facts |= {"condition": c, "workers": min(_THREADS, os.cpu_count() or 1)}
        with threads_used(1):  # by torch itself, as in `train`
            return diffused(flow, run_or_oracle.document, x, solver, seed, **facts)
    return carried_by_sde(flow, run_or_oracle.document, x, solver, seed, condition=c, **facts)


def _only(condition: Any, label: int, document: Document | None, classes: tuple[int, ...]) -> Any:
    """The condition where a class is led to: that class, of a conditional network."""
    if condition is not None:
        raise Invalid("condition and label both name a class: give one of them.")
    if document is None:
        raise Invalid(NEEDS_DOCUMENT)
    checked_label(document, label)
    return label if classes else None


def lost_of(
    bundle: Bundle, run_or_oracle: Run | Oracle, solver: Solver | SdeSolver | Sampler
) -> str:
    """The sentence for particles that left the plane on their way; empty if none did."""
    forward, document = solver.direction == "forward", run_or_oracle.document
    reach = [bundle.points[0 if forward else -1]]
    if document is not None:
        other = build(document.target if forward else document.source)
        reach.append(other.sample(_FEW, torch_rng(0, Stream.STARTS)).numpy())
    remedy = "take more steps"
    size = solver.reach if isinstance(solver, Sampler) else 1.0
    if isinstance(solver, Sampler) and solver.method == "langevin":
        remedy = "take a smaller step_size"
    if isinstance(solver, SdeSolver):
        remedy = "take more steps or a smaller eps"
    elif isinstance(solver, Solver) and solver.method == "dopri5":
        remedy = "take smaller rtol and atol, or another method"
    return lost_words(bundle, size * max(float(np.abs(x).max()) for x in reach), remedy)


def _conditions(
    run: Run,
    labels: Ints | None,
    n: int,
    direction: str,
    seed: int,
    condition: Any,
) -> Tensor:
    """The class (n,) of each sample: as given, in reverse that of its start, otherwise drawn."""
    given = condition_of(run.field.classes, condition, n)
    if given is not None:
        return given if isinstance(given, Tensor) else torch.full((n,), given)
    if direction == "reverse" and labels is not None:
        return torch.from_numpy(labels)
    rng = torch_rng(seed, Stream.CONDITIONS)
    return sample_conditions(run.document.target, n, rng)


def _start(
    run_or_oracle: Run | Oracle, n: int, solver: Solver | SdeSolver | Sampler, seed: int
) -> tuple[Field, Tensor, Ints | None]:
    """The field, n samples of the end where the solver starts, and their classes if any."""
    rng = torch_rng(seed, Stream.STARTS)
    forward = solver.direction == "forward"
    if not isinstance(run_or_oracle, (Run, Oracle)):
        raise Invalid(f"Sample a run or an oracle, not {shown(run_or_oracle)}.")
    flow = run_or_oracle.field if isinstance(run_or_oracle, Run) else extended_field(run_or_oracle)
    document = run_or_oracle.document
    if document is None:  # of two distributions and no document
        assert not isinstance(run_or_oracle, Run)
        end = torch.full((n,), 0.0 if forward else 1.0)
        return flow, run_or_oracle.sample(end, rng).float(), None
    distribution = build(document.source if forward else document.target)
    x, labels = distribution.sample_labelled(n, rng)
    return flow, x, None if labels is None else labels.numpy()
