"""The public face, argument by argument: each odd value works, or is refused in one sentence.

`CALLS` holds a right call of everything that a script may call. A function that is new to the face
fails a test until it is here. (`flowlab.metrics` is told about in its own tests.)
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core import blending, exact
from flowlab.core.blending import tangent
from flowlab.core.blending.interfaces import Generators
from flowlab.core.distributions.factory import build
from flowlab.core.document import document as documents
from flowlab.core.document.limits import Checked
from flowlab.core.document.shapes import KINDS, Stroke
from flowlab.core.interpolants.paths import interpolant_of
from tests.helpers.odd_values import ODD, complaint

TINY = {"network": {"width": 8, "depth": 1}, "training": {"batch": 32}}
X, T = np.full((3, 2), 0.3), 0.5
ENDS = {"source": "triangle", "target": "rhombus"}
DATA: dict[str, dict[str, Any]] = {
    "points": {"points": [[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]]},
    "grid": {"density": np.ones((4, 4))},
    "picture": {"pixels": np.arange(16.0).reshape(4, 4)},
    "drawing": {"strokes": (Stroke(path=[[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]),)},
}

# Of those the field is undefined outside a support, or in empty cells, where it is NaN.
UNDEFINED = ("polygon oracle", "grid oracle", "noisy grid oracle", "cloud oracle", "grid_field")

# Protocols, and values that are returned: nobody makes them.
RETURNED = {
    "Deblender",
    "Diverged",
    "Drawn",
    "EvaluationSet",
    "Facts",
    "GridField",
    "Invalid",
    "IrreducibleLoss",
    "Oracle",
}
ELSEWHERE = {"__version__", "core", "metrics"}


@functools.cache
def run(conditional: bool = False) -> flowlab.Run:
    network = TINY["network"] | {"conditional": conditional}
    return flowlab.train(flowlab.Document(network=network, training=TINY["training"]), steps=2)


@functools.cache
def oracle(name: str) -> exact.Oracle:
    documents_ = {
        "mixture": {},
        "noisy": {"path": {"noise": "brownian"}},
        "polygon": ENDS,
        "grid": {"target": "moons"},
        "noisy grid": {"target": "moons", "path": {"noise": "quadratic"}},
        "cloud": {"target": ("points", DATA["points"])},
    }
    return flowlab.oracle(flowlab.Document(**documents_[name]))


def _functions() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Every function and class of the face, with arguments that are right."""
    document = run().document
    mixture = build(document.source).mixture()
    deblender = blending.deblender_of("triangle", "rhombus")
    rng = Generators(torch.Generator())
    sample = {"run_or_oracle": run(), "n": 3, "steps": 2}
    sde = sample | {"method": "euler_maruyama", "eps": 1.0, "eps_shape": "alpha"}
    ddim = sample | {"method": "ddim", "eta": 0.5, "T": 5, "kind": "vp", "clamp": 2.0}
    langevin = sample | {"method": "langevin", "step_size": 0.1, "sigmas": (2.0, 1.0)}
    chain = {**ENDS, "n": 3, "steps": 2}
    deblend = {**ENDS, "x": X * 0, "alpha": T}
    loss = {"oracle": oracle("mixture"), "n": 64, "generator": None}
    made = {"oracle": oracle("mixture"), "document": document, "seed": 0}
    Path("table.csv").write_text("x,y,class\n0,1,0\n2,3.5,1\n4,5,1\n")
    return {
        "presets": (flowlab.presets, {}),
        "distribution": (flowlab.distribution, {"name_or_spec": "moons"}),
        "Document": (flowlab.Document, {"source": "gaussian", "target": "moons", "seed": 0}),
        "read_points": (flowlab.read_points, {"path": "table.csv"}),
        "load": (flowlab.load, {"path": "preset:moons"}),
        "save": (flowlab.save, {"document_or_run": document, "path": "saved.flowlab"}),
        "train": (flowlab.train, {"document": document, "steps": 2, "seconds": 0.01}),
        "reflow": (flowlab.reflow, {"run": run(), "n": 3}),
        "sample": (flowlab.sample, sample),
        "sample by dopri5": (flowlab.sample, sample | {"method": "dopri5"}),
        "sample by an SDE": (flowlab.sample, sde),
        "sample by DDIM": (flowlab.sample, ddim),
        "sample by Langevin": (flowlab.sample, langevin),
        "sample a conditional": (flowlab.sample, sample | {"run_or_oracle": run(True)}),
        "sample an oracle": (flowlab.sample, sample | {"run_or_oracle": oracle("mixture")}),
        "oracle": (flowlab.oracle, {"document": document, "condition": None}),
        "Run": (flowlab.Run, {"document": document, "weights": run().weights}),
        "chain": (blending.chain, chain),
        "chain by rejection": (blending.chain, chain | {"deblend": "rejection"}),
        "chain of alphas": (blending.chain, {**ENDS, "n": 3, "alphas": [0, 0.5, 1]}),
        "deblend": (blending.deblend, deblend),
        "deblend by rejection": (blending.deblend, deblend | {"by": "cheaper"}),
        "deblender_of": (blending.deblender_of, {**ENDS, "how": "rejection"}),
        "converge": (
            blending.converge,
            {"deblender": deblender, "start": X.T * 0, "ends": X, "rng": rng, "steps": (1, 2)},
        ),
        "support_of": (blending.support_of, ENDS),
        "grid_field": (tangent.grid_field, {**ENDS, "alpha": T, "cells": 8, "samples": 10}),
        "closed_form": (exact.closed_form, {"document": document}),
        "oracle_for": (exact.oracle_for, {"document": document}),
        "why_none": (exact.why_none, {"document": document}),
        "extended_field": (exact.extended_field, {"oracle": oracle("polygon")}),
        "loss_floor": (exact.loss_floor, loss),
        "loss_floor of regions": (exact.loss_floor, loss | {"oracle": oracle("polygon")}),
        "reference": (exact.reference, made | {"n": 64}),
        "GrowingEvaluationSet": (
            exact.GrowingEvaluationSet,
            made | {"rows": 2, "sweeps": 1},
        ),
        "MixtureOracle": (exact.MixtureOracle, {"source": mixture, "target": mixture}),
    }


def _objects() -> dict[str, Any]:
    """Everything that the functions return and that has methods."""
    bundle = flowlab.sample(run(), 3, steps=2)
    return {
        "run": run(),
        "conditional run": run(True),
        "field": run().field,
        "class field": run(True).field.for_class(1),
        "bundle": bundle,
        "compact bundle": bundle.compact(),
        "chain": blending.chain("triangle", "rhombus", 3, 2),
        "distribution": flowlab.distribution("gaussian"),
        "interpolant": interpolant_of(documents.Path(noise="brownian")),
        "linear interpolant": interpolant_of(documents.Path()),
        "extended field": exact.extended_field(oracle("polygon")),
        **{f"{name} oracle": oracle(name) for name in NAMES},
    }


NAMES = ("mixture", "noisy", "polygon", "grid", "noisy grid", "cloud")
RIGHT: dict[str, Any] = {
    "x": X,
    "t": T,
    "n": 2,
    "generator": None,
    "condition": None,
    "index": [0],
    "samples": 3,
    "times": [0.2, 0.5],
    "wanted": "score",
    "xs": [0.0, 0.1],
    "ys": [0.0, 0.1],
    "device": "cpu",
    "dtype": torch.float64,
    "x0": torch.zeros(3, 2),
    "x1": torch.zeros(3, 2),
    "z": None,
    "out": None,
}
# Of a method's own: a row of times, one index, tensors alone.
SPECIAL: dict[str, dict[str, Any]] = {
    "sample": {"t": torch.tensor([0.5])},
    "powers": {"t": torch.tensor([0.5])},
    "path": {"index": 0},
    "point": {"t": torch.tensor([0.5, 0.5, 0.5])},
}
OWN = {  # alternative constructors, torch's own conversion, and what inner loops are made of
    "of",
    "to",
    "weights",
    "prepare",
    "stacked",
    "remembering",
    "slice_at",
}


def _methods(name: str, thing: Any) -> list[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """The public methods of a thing, with arguments that are right."""
    found = []
    for method in sorted(n for n in dir(thing) if not n.startswith("_") and n not in OWN):
        function = inspect.getattr_static(thing, method)
        if isinstance(function, property) or not callable(getattr(thing, method)):
            continue
        function = getattr(thing, method)
        right = RIGHT | SPECIAL.get(method, {})
        if "conditional" in name:
            right = right | {"condition": 1}
        if "interpolant" in name:
            right = right | {"t": torch.tensor([0.2, 0.5, 0.7])}
        parameters = _parameters(function)
        found.append((f"{name}.{method}", function, {p: right[p] for p in parameters}))
    return found


def _parameters(function: Callable[..., Any]) -> list[str]:
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind not in variadic]


def _complaints(
    name: str, function: Callable[..., Any], right: dict[str, Any], parameters: list[str]
) -> list[str]:
    found = []
    wrong = complaint(lambda: function(**right))
    if wrong:
        found.append(f"{name}: {wrong}")
    silent = "NaN" not in (function.__doc__ or "") and not name.startswith(UNDEFINED)
    for parameter in parameters:
        for value in ODD:
            given = value if silent else math.nan  # a result that is told to be NaN may be
            wrong = complaint(lambda p=parameter, v=value: function(**{**right, p: v}), given)
            if wrong:
                found.append(f"{name}({parameter}={str(value)[:40]!r}) -> {wrong}")
    return found


FUNCTIONS = [
    "presets",
    "distribution",
    "Document",
    "read_points",
    "load",
    "save",
    "train",
    "reflow",
    "sample",
    "sample by dopri5",
    "sample by an SDE",
    "sample by DDIM",
    "sample by Langevin",
    "sample a conditional",
    "sample an oracle",
    "oracle",
    "Run",
    "chain",
    "chain by rejection",
    "chain of alphas",
    "deblend",
    "deblend by rejection",
    "deblender_of",
    "converge",
    "support_of",
    "grid_field",
    "closed_form",
    "oracle_for",
    "why_none",
    "extended_field",
    "loss_floor",
    "loss_floor of regions",
    "reference",
    "GrowingEvaluationSet",
    "MixtureOracle",
]
OBJECTS = [
    "run",
    "conditional run",
    "field",
    "class field",
    "bundle",
    "compact bundle",
    "chain",
    "distribution",
    "interpolant",
    "linear interpolant",
    "extended field",
    *(f"{name} oracle" for name in NAMES),
]


def test_every_name_of_the_face_is_called_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    face = {*flowlab.__all__, *blending.__all__, *tangent.__all__, *exact.__all__}
    assert face - RETURNED - ELSEWHERE == {name for name in FUNCTIONS if " " not in name}
    assert _functions().keys() == set(FUNCTIONS)
    assert _objects().keys() == set(OBJECTS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_works_or_says_why_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what is saved under an odd name
    function, right = _functions()[name]
    parameters = [p for p in _parameters(function) if p not in ("progress", "cancelled", "note")]
    assert _complaints(name, function, right, parameters) == []


@pytest.mark.parametrize("name", OBJECTS)
def test_a_method_works_or_says_why_not(name: str) -> None:
    found = []
    for method, function, right in _methods(name, _objects()[name]):
        found += _complaints(method, function, right, list(right))
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_of_a_shape_takes_or_refuses_a_value(kind: str) -> None:
    right, found = DATA.get(kind, {}), []

    def drawn(**options: Any) -> torch.Tensor:
        return flowlab.distribution(kind, **(right | options)).sample(3)

    for spec in dataclasses.fields(KINDS[kind]):
        found += _complaints(kind, drawn, right, [spec.name])
        made = functools.partial(_hashed, KINDS[kind])
        found += _complaints(KINDS[kind].__name__, made, {}, [spec.name])
    assert found == []


def _hashed(kind: type[Checked], **fields: Any) -> int:
    """Documents are compared and cached: each of their values must be hashable."""
    return hash(kind(**fields))


PARTS = ["path", "coupling", "network", "training", "solver", "view", "blending"]


@pytest.mark.parametrize("part", PARTS)
def test_a_field_of_a_document_s_part_takes_or_refuses_a_value(part: str) -> None:
    found = []
    for spec in dataclasses.fields(type(getattr(documents.Document(), part))):

        def made(spec: Any = spec, **fields: Any) -> int:
            return hash(flowlab.Document(**{part: fields}))

        found += _complaints(part, made, {}, [spec.name])
    found += _complaints("Document", functools.partial(_hashed, documents.Document), {}, [part])
    assert found == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mean": (0, 0), "offset_x": 1.0}, "mean or offset_x, not both"),
        ({"mean": (0, 0), "offset_y": 1.0}, "mean or offset_y, not both"),
        ({"std": 2.0, "std_x": 1.0}, "std or std_x, not both"),
        ({"cov": [[1, 0], [0, 1]], "correlation": 0.5}, "cov or correlation, not both"),
    ],
)
def test_what_says_the_same_twice_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(flowlab.Invalid, match=words):
        flowlab.distribution("gaussian", **arguments)


def test_a_chain_has_steps_or_alphas() -> None:
    with pytest.raises(flowlab.Invalid, match="steps or alphas, not both"):
        blending.chain("triangle", "rhombus", 3, steps=2, alphas=[0, 0.5, 1])


@pytest.mark.parametrize("weights", [[1e308, 1e308], [5e-324, 5e-324], [1e308, 1e-308]])
def test_weights_of_any_size_are_relative(weights: list[float]) -> None:
    law = flowlab.distribution("mixture", means=[(0, 0), (9, 0)], stds=1.0, weights=weights)
    share = weights[0] / max(weights) / sum(w / max(weights) for w in weights)
    x = law.sample(4000, torch.Generator().manual_seed(0))
    assert abs(float((x[:, 0] < 4.5).double().mean()) - share) < 0.03
    expected = -np.log(2 * np.pi) + np.log(share)
    assert float(law.log_prob([[0.0, 0.0]])) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("t", [-1e-3, 1.001, 2, float("nan"), float("inf"), [0.1, 0.2, 1.5]])
def test_no_field_is_read_outside_of_time(t: Any) -> None:
    """One rule for a number and for one a point: oracles, networks, bundles and schedules."""
    asked = [run().velocity, run().score, run().field.velocity, *_readers()]
    for ask in asked:
        with pytest.raises(flowlab.Invalid, match=r"^t must be a number from 0, .*, not \S+\.$"):
            ask(X, t)


def _readers() -> list[Callable[[Any, Any], Any]]:
    oracles = [oracle(name) for name in ("mixture", "polygon", "grid")]
    path = interpolant_of(documents.Path(kind="custom"))
    schedules = [path.alpha, path.beta_dot, interpolant_of(documents.Path()).alpha]
    asked = [getattr(o, name) for o in oracles for name in ("density", "velocity", "score")]
    return [*asked, *(lambda _, t, s=s: s(torch.as_tensor(t)) for s in schedules)]
