"""Every public metric refuses odd arguments in a sentence, and never answers them with a number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core import metrics
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.document.solver import Solver
from flowlab.core.exact import loss_floor, oracle_for
from flowlab.core.views.bundle import Bundle
from tests.helpers.odd_values import complaint

DOCUMENT = Document(source=Gaussian(), target=Gaussian(offset_x=2.0))
ORACLE = oracle_for(DOCUMENT)
LAW = build(Gaussian())
CLOUD = np.random.default_rng(0).normal(size=(20, 2))
AXIS = np.linspace(-3, 3, 8)
BUNDLE = Bundle(
    times=np.array([0, 1], np.float32), points=np.stack([CLOUD, CLOUD + 1]).astype("f4")
)
LABELS = np.zeros(20, int)
MEAN, COV = np.zeros(2), np.eye(2)


def bundle(points: Any) -> Bundle:
    return Bundle(times=np.array([0, 1], np.float32), points=points)


# A call with right arguments of every public function; odd values then replace one at a time.
RIGHT: dict[str, dict[str, Any]] = {
    "sliced_w2": {"x": CLOUD, "y": CLOUD, "projections": 8, "seed": 0},
    "exact_w2": {"x": CLOUD, "y": CLOUD, "n": 20, "seed": 0},
    "energy_distance": {"x": CLOUD, "y": CLOUD},
    "mmd": {"x": CLOUD, "y": CLOUD, "bandwidths": 1.0},
    "median_bandwidth": {"cloud": CLOUD},
    "noise_floor": {
        "distance": metrics.energy_distance, "distribution": LAW, "n": 20, "pairs": 2, "seed": 0,
    },
    "sliced_w2_floor": {"distribution": LAW, "n": 20, "projections": 8, "pairs": 2, "seed": 0},
    "w2_between": {"source": LAW, "target": LAW, "n": 20, "seed": 0},
    "gaussian_w2": {"mean0": MEAN, "cov0": COV, "mean1": MEAN, "cov1": COV},
    "path_energy": {"bundle": BUNDLE},
    "transport_cost": {"bundle": BUNDLE},
    "bend": {"bundle": BUNDLE},
    "straightness": {"bundle": BUNDLE},
    "npe": {"bundle": BUNDLE, "w2": 1.0},
    "divergence": {"field": ORACLE, "x": torch.tensor(CLOUD), "t": 0.5},
    "log_likelihood": {
        "field": ORACLE, "source_distribution": LAW, "x": CLOUD, "steps": 2, "method": "euler",
        "t": 1.0,
    },
    "likelihood_map": {
        "field": ORACLE, "source": LAW, "xs": AXIS, "ys": AXIS, "steps": 2, "method": "euler",
        "t": 1.0,
    },
    "continuity_residual": {
        "density_fn": ORACLE.density, "velocity_fn": ORACLE.velocity, "t": 0.5, "xs": AXIS,  # type: ignore[union-attr]
        "ys": AXIS, "step": 0.1, "dt": 1e-3,
    },
    "class_accuracy": {"arrived": CLOUD, "condition": 0, "target": CLOUD, "classes": LABELS},
    "class_shares": {"document": DOCUMENT, "seed": 0},
    "class_draws": {"document": DOCUMENT, "n": 64, "seed": 0},
    "velocity_error": {
        "field": ORACLE, "oracle": ORACLE, "document": DOCUMENT, "n": 128, "seed": 0,
    },
    "velocity_error_map": {"field": ORACLE, "oracle": ORACLE, "t": 0.5, "xs": AXIS, "ys": AXIS},
    "model_error": {
        "field": ORACLE, "oracle": ORACLE, "start": torch.tensor(CLOUD), "fine": 4,
        "direction": "forward",
    },
    "integration_error": {
        "field": ORACLE, "solver": Solver(steps=2), "start": torch.tensor(CLOUD), "fine": 4,
    },
    "carrying_errors": {
        "field": ORACLE, "oracle": ORACLE, "solver": Solver(steps=2),
        "start": torch.tensor(CLOUD), "fine": 4,
    },
}  # fmt: skip
for name in ("compare", "excess_loss", "velocity_error_by_time", "angle_error"):
    RIGHT[name] = {
        "field": ORACLE, "oracle": ORACLE, "document": DOCUMENT, "bins": 2, "n": 64, "seed": 0,
    }  # fmt: skip

COUNTS = (0, -1, 2.5, "3", math.nan, math.inf, None, True, [2])
CLOUDS = (
    [], np.zeros((0, 2)), np.zeros(2), np.zeros((3, 3)), np.zeros((2, 2, 2)), "ab", None,
    [[math.nan, 0]], [[math.inf, 0]], [[1e200, 0]], [[1j, 0]], [["a", "b"]], [[1, 2], [3]],
)  # fmt: skip
TIMES = (-0.1, 1.1, math.nan, math.inf, "a", None, [0.2, 0.3, 0.4])
AXES = ([], [1.0], [1.0, 0.0], [0.0, math.nan], "ab", None, np.zeros((2, 2)), [0.0, math.inf])
ODD: dict[str, tuple[Any, ...]] = {
    "n": COUNTS, "projections": COUNTS, "pairs": COUNTS, "bins": COUNTS, "steps": COUNTS,
    "fine": COUNTS, "seed": (-1, 2.5, "a", math.nan, None),
    "x": CLOUDS, "y": CLOUDS, "arrived": CLOUDS, "target": CLOUDS, "cloud": CLOUDS, "start": CLOUDS,
    "t": TIMES, "xs": AXES, "ys": AXES,
    "bandwidths": (0, -1.0, math.nan, math.inf, "a", [], [1.0, -1.0]),
    "w2": (0, -1.0, math.nan, math.inf, "a", None),
    "mean0": ([1.0], "ab", None, [math.nan, 0], [1e200, 0]),
    "cov1": (np.eye(3), [[1, 2], [3, 4]], -np.eye(2), "ab", np.full((2, 2), math.inf)),
    "classes": (LABELS[:3], LABELS + 0.5, "ab", None), "condition": (LABELS[:3], 0.5, "a", None),
    "method": ("best", "", None, 3), "direction": ("up", None),
    "dt": (0, -1, 0.7, math.nan, "a"), "step": (0, -1.0, math.nan, math.inf, "a"),
    "bundle": (
        bundle(np.zeros((2, 0, 2), np.float32)), bundle(np.full((2, 3, 2), np.nan, np.float32)),
    ),
}  # fmt: skip
FINE = {  # what is odd elsewhere and right here
    ("divergence", "x"): ([[1e200, 0]], [[math.nan, 0]], [[math.inf, 0]], np.zeros((0, 2))),
    ("log_likelihood", "x"): ([[1e200, 0]], [[math.nan, 0]], [[math.inf, 0]], np.zeros((0, 2))),
    ("w2_between", "target"): CLOUDS, ("model_error", "start"): ([[1e200, 0]],),
    ("integration_error", "start"): ([[1e200, 0]],), ("carrying_errors", "start"): ([[1e200, 0]],),
}  # fmt: skip


def cases() -> list[Any]:
    found = []
    for name, right in RIGHT.items():
        for argument in right:
            for k, value in enumerate(ODD.get(argument, ())):
                fine = FINE.get((name, argument), ())
                if repr(value) not in map(repr, fine):
                    found.append(pytest.param(name, argument, value, id=f"{name}-{argument}-{k}"))
    return found


def call(name: str, **given: Any) -> Any:
    if name == "median_bandwidth":
        return metrics.median_bandwidth(given["cloud"])
    return getattr(metrics, name)(**given)


@pytest.mark.parametrize(("name", "argument", "value"), cases())
def test_an_odd_argument_is_refused_in_a_sentence(name: str, argument: str, value: Any) -> None:
    right = RIGHT[name]
    if name in ("class_draws", "class_shares"):
        two = Mixture(
            means=((0.0, 0.0), (3.0, 0.0)), covs=((1.0, 0.0, 1.0),) * 2, weights=(1.0, 1.0)
        )
        right = right | {"document": Document(target=two, network=Network(conditional=True))}
    with pytest.raises(Invalid) as refused:
        call(name, **{**right, argument: value})
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", [n for n in RIGHT if not n.startswith("class_")])
def test_right_arguments_are_answered(name: str) -> None:
    call(name, **RIGHT[name])


BRIEF = (
    "a", b"a", None, [], object(), math.nan, -1, 1 + 2j, np.zeros((3, 3)), np.zeros((0, 2)),
    [[math.nan, 0.0]], [[1e30, 0.0], [0.0, 1e30]], [[1e200, 0.0], [0.0, 1.0]], 1e30, 1e200, 5e-324,
    np.array([["a", "b"]]), torch.zeros(3, 2).to_sparse(), torch.zeros(3, 2, requires_grad=True),
)  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_any_value_of_any_argument_is_answered_or_refused(name: str) -> None:
    """A right number, or one sentence: no other error, no warning, no NaN where none is told of."""
    function, found = getattr(metrics, name), []
    right, silent = RIGHT[name], "NaN" not in (function.__doc__ or "")
    for argument in right | dict.fromkeys(inspect.signature(function).parameters):
        if argument in ("clouds", "cancelled"):
            continue
        for value in BRIEF:
            given = value if silent else math.nan
            wrong = complaint(lambda a=argument, v=value: call(name, **{**right, a: v}), given)
            if wrong:
                found.append(f"{name}({argument}={str(value)[:40]!r}) -> {wrong}")
    assert found == []


def test_every_public_function_is_among_them() -> None:
    functions = {name for name in metrics.__all__ if inspect.isfunction(getattr(metrics, name))}
    assert functions == set(RIGHT)


@pytest.mark.parametrize("n", COUNTS)
def test_so_does_the_loss_floor(n: Any) -> None:
    assert ORACLE is not None
    with pytest.raises(Invalid):
        loss_floor(ORACLE, n)


def test_a_distance_of_unequal_clouds_says_how_many_points_it_took() -> None:
    found: Callable[..., Any] = metrics.exact_w2
    assert found(CLOUD, CLOUD[:15]).n == 15
    assert found(CLOUD, CLOUD[:15], n=9).n == 9
    assert "drawn at random" in (metrics.exact_w2.__doc__ or "")
