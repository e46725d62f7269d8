"""`flowlab train`: train a document and say how good it became."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.commands.console import Ticker, opened, say, say_json, writable
from flowlab.core.document.training import ABSOLUTE
from flowlab.core.estimates import Estimate, error_of, mean_estimate, to_error, to_percent
from flowlab.files import session

if TYPE_CHECKING:
    from torch import Tensor

    from flowlab.core.domains.clipped import Inside
    from flowlab.run import Run

_POINTS = 5000  # of each of the two clouds whose distance is printed
_PAIRS = 6  # of independent samples


def command(args: argparse.Namespace) -> None:
    """Train DOC for so many seconds or steps; write the run and print its figures."""
    document = opened(args.document).document
    if args.seed is not None:
        document = replace(document, seed=args.seed)
    path = None
    if args.output:
        path = writable(args.output, (session.SUFFIX,), force=args.force)
    from flowlab.core.learning.devices import pick_device
    from flowlab.core.solvers.threads import threads_used
    from flowlab.run import train

    device = pick_device(args.device)
    seconds = 5.0 if args.seconds is None and args.steps is None else args.seconds
    run = train(document, seconds=seconds, steps=args.steps, device=device, progress=Ticker())
    with threads_used(1):
        figures = figures_of(run)
    if path is not None:
        session.save(path, run.document, run.weights, losses=run.losses)
    say_json(figures) if args.json else say(_sentence(figures, args.output, _name(run)))


def figures_of(run: Run) -> dict[str, Any]:
    """What `--json` prints."""
    from flowlab.core.document.learned import between_walls
    from flowlab.core.document.streams import Stream, torch_rng
    from flowlab.core.exact import oracle_for
    from flowlab.core.metrics import class_draws, sliced_w2, sliced_w2_floor, velocity_error

    document, walls = run.document, between_walls(run.document)
    arrived, target = _between(run) if walls else _carried(run)
    reference = target.sample(_POINTS, torch_rng(document.seed, Stream.TRAIN_REFERENCE))
    oracle = None if walls else oracle_for(document)
    error: dict[str, float] = {}
    if run.field.classes and not walls:
        draws = class_draws(document)
        error = {} if draws is None else {"velocity_error": draws.error(run.field)}
    elif oracle is not None:
        error = {"velocity_error": velocity_error(run.field, oracle, document)}
    tail = max(1, len(run.losses["mse"]) // 10)
    figures: dict[str, Any] = {
        "steps": run.weights.step,
        "seconds": run.weights.seconds,
        "steps_per_second": run.weights.step / max(run.weights.seconds, 1e-9),
        "loss": _loss(run, tail),
        "sliced_w2": sliced_w2(arrived, reference),
        "sliced_w2_floor": _floor(target) if walls else sliced_w2_floor(target, _POINTS),
        "device": run.device,
        "seed": document.seed,
    } | error
    errors = {name: error_of(value) for name, value in figures.items()}
    return figures | {"standard_errors": {name: e for name, e in errors.items() if e is not None}}


def _carried(run: Run) -> tuple[Tensor, Any]:
    """The points that the learned flow carries to t = 1, and the target."""
    import torch

    from flowlab.core.distributions.factory import build
    from flowlab.run import sample

    solver = replace(run.document.solver, direction="forward")
    arrived = sample(run, _POINTS, solver, run.document.seed).points[-1]
    return torch.from_numpy(arrived.copy()), build(run.document.target)


def _between(run: Run) -> tuple[Tensor, Any]:
    """The points that the learned score leads to between walls, and the target there."""
    import torch

    from flowlab.core.domains.clipped import Inside
    from flowlab.core.reflected.script import sample_between

    document = run.document
    method, learned = "reflected_euler", run.field
    bundle = sample_between(document, _POINTS, method, None, document.seed, learned=learned)
    return torch.from_numpy(bundle.points[-1].copy()), Inside.of(document)


def _floor(target: Inside) -> Estimate:
    """Mean sliced distance of two independent samples of a target between walls."""
    from flowlab.core.document.streams import Stream, torch_rng
    from flowlab.core.metrics import sliced_w2

    rng = torch_rng(0, Stream.TRAIN_FLOOR)
    pairs = [(target.sample(_POINTS, rng), target.sample(_POINTS, rng)) for _ in range(_PAIRS)]
    return mean_estimate(np.array([sliced_w2(one, other) for one, other in pairs]))


def _loss(run: Run, tail: int) -> Estimate:
    """The mean of the last values of the loss that the run was trained on."""
    training = run.document.training
    name = "quadratic" if training.objective == "quadratic" else "mse"
    mean = mean_estimate(run.losses[name][-tail:])
    times = training.batch if training.objective == "sum" else 1
    return Estimate(times * mean, times * mean.error, mean.n)


def _name(run: Run) -> str:
    """What is printed as the loss: of a run that was trained on L1, the mean squared error."""
    absolute = run.document.training.objective == ABSOLUTE
    return "trained on L1, mean squared error" if absolute else "loss"


def _sentence(figures: dict[str, Any], output: str | None, loss: str) -> str:
    text = (
        f"{figures['steps']} steps in {figures['seconds']:.1f} s "
        f"({figures['steps_per_second']:.0f} a second on {figures['device']}), "
        f"{loss} {_with_error(figures['loss'])}, sliced W₂ to the target "
        f"{_with_error(figures['sliced_w2'])} "
        f"(of fresh samples {_with_error(figures['sliced_w2_floor'])})"
    )
    if "velocity_error" in figures:
        error = figures["velocity_error"]
        text += f", velocity error {to_percent(error, error_of(error))}"
    return text + (f"; written to {output}" if output else "")


def _with_error(value: float) -> str:
    return to_error(value, error_of(value))
