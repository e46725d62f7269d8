"""Standard errors that are claimed, against the spread of independent repetitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Gaussian, Moons, Ring, Shape
from flowlab.core.estimates import Estimate
from flowlab.core.exact import Oracle, loss_floor, oracle_for
from flowlab.core.metrics import (
    compare,
    energy_distance,
    exact_w2,
    mmd,
    path_energy,
    sliced_w2,
    straightness,
    transport_cost,
    velocity_error,
)
from flowlab.core.views.bundle import Bundle

DOCUMENTS = {
    "mixture": Document(target=Ring()),
    "steep": Document(target=Ring(), path=Path(noise="brownian")),
    "late": Document(target=Ring(), path=Path(kind="trigonometric", clock="late")),
    "coupled": Document(target=Ring(), coupling=Coupling(kind="ot", batch=32)),
    "grid": Document(target=Checkerboard()),
}
LOW, HIGH = 0.75, 1.33


class Twice:
    """An oracle that knows what it was asked last, since `compare` asks about all points twice."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle, self._asked = oracle, (torch.empty(0), math.nan)

    def velocity(self, x: Tensor, t: float) -> Tensor:
        if not (t == self._asked[1] and torch.equal(x, self._asked[0])):
            self._asked, self._velocity = (x, t), self._oracle.velocity(x, t)
        return self._velocity

    def density(self, x: Tensor, t: float) -> Tensor:
        return self._oracle.density(x, t)


class Wrong:
    """The exact field, wrong in size and with a wave on top."""

    def __init__(self, oracle: Oracle | Twice) -> None:
        self._oracle = oracle

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return (1.1 * self._oracle.velocity(x.double(), t) + 0.4 * torch.sin(2 * x.double())).to(x)


def oracle_of(document: Document) -> Any:
    """That of independent pairs, whatever the document's coupling."""
    oracle = oracle_for(
        Document(source=document.source, target=document.target, path=document.path)
    )
    assert oracle is not None
    return oracle


def check(values: Floats, errors: Floats) -> None:
    """The spread over the mean claim, give or take what so many repetitions leave open."""
    slack = 1 + 2.5 / np.sqrt(2 * len(values))
    ratios = np.std(values, axis=0, ddof=1) / np.mean(errors, axis=0)
    assert np.all(np.asarray(ratios) < HIGH * slack), ratios
    assert np.all(np.asarray(ratios) > LOW / slack), ratios


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_errors_by_time_spread_as_they_claim_in_every_bin(kind: str) -> None:
    document, runs = DOCUMENTS[kind], 10 if kind == "grid" else 16
    oracle = Twice(oracle_of(document))
    found = [compare(Wrong(oracle), oracle, document, 3, 384, seed) for seed in range(runs)]
    for name in ("excess", "relative", "angle"):
        bins = [getattr(comparison, name)() for comparison in found]
        check(np.array([b.values for b in bins]), np.array([b.errors for b in bins]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_velocity_error_and_the_floor_spread_as_they_claim(kind: str) -> None:
    document, runs = DOCUMENTS[kind], 10 if kind == "grid" else 16  # whose times cost a table each
    oracle = oracle_of(document)
    field = Wrong(oracle_of(DOCUMENTS["mixture"]) if kind == "grid" else oracle)  # without a table
    found = [velocity_error(field, oracle, document, 640, seed) for seed in range(runs)]
    check(np.array(found), np.array([each.error for each in found]))
    if kind in ("coupled", "grid"):
        return
    floors = [loss_floor(oracle, 640, torch.Generator().manual_seed(s)) for s in range(runs)]
    for name in ("mse", "quadratic"):
        values, errors = ([getattr(f, each) for f in floors] for each in (name, f"{name}_error"))
        check(np.array(values), np.array(errors))


def test_the_velocity_error_is_that_of_the_document_s_own_pairs() -> None:
    """Under another coupling p_t is another one; `compare` and `velocity_error` agree on it."""
    document = DOCUMENTS["coupled"]
    oracle = oracle_of(document)
    whole = velocity_error(Wrong(oracle), oracle, document, 6400)
    pooled = compare(Wrong(oracle), oracle, document, 10, 6400).pooled().relative()
    gap = 4 * np.hypot(whole.error, pooled.errors[0])
    assert float(whole) == pytest.approx(pooled.values[0], abs=gap)
    independent = velocity_error(Wrong(oracle), oracle, Document(target=document.target), 6400)
    assert abs(whole - independent) > gap


DISTANCES: dict[str, Callable[[Tensor, Tensor], Estimate]] = {
    "sliced": lambda x, y: sliced_w2(x, y, 32),
    "exact": exact_w2,
    "energy": energy_distance,
    "mmd": lambda x, y: mmd(x, y, 1.0).value,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize(("one", "other"), [(Moons(), Moons()), (Gaussian(), Ring())])
def test_distances_spread_as_they_claim(name: str, one: Shape, other: Shape) -> None:
    rng, a, b = torch.Generator().manual_seed(2), build(one), build(other)
    found = [DISTANCES[name](a.sample(160, rng), b.sample(160, rng)) for _ in range(40)]
    check(np.array(found), np.array([each.error for each in found]))


PARTS = {  # shapes of few parts that lie far apart, and others
    "four parts": (Ring(count=4, std=0.8), Ring(count=4, std=0.8), 400, 400),
    "three narrow parts": (Ring(count=3, std=0.2), Ring(count=3, std=0.2), 400, 400),
    "one part": (Gaussian(), Gaussian(), 400, 400),
    "unequal sizes": (Gaussian(), Gaussian(std_x=1.2), 300, 700),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", PARTS)
def test_the_sliced_distance_spreads_as_it_claims_whatever_the_parts(kind: str) -> None:
    one, other, n, m = PARTS[kind]
    rng, a, b = torch.Generator().manual_seed(3), build(one), build(other)
    found = [sliced_w2(a.sample(n, rng), b.sample(m, rng), 32) for _ in range(60)]
    check(np.array(found), np.array([each.error for each in found]))


def test_costs_of_paths_spread_as_they_claim() -> None:
    rng = np.random.default_rng(0)
    for metric in (path_energy, transport_cost, straightness):
        found = [metric(bundle(rng)) for _ in range(80)]
        check(np.array(found), np.array([each.error for each in found]))


def bundle(rng: np.random.Generator) -> Bundle:
    points = rng.normal(size=(3, 50, 2)).astype(np.float32)
    return Bundle(times=np.array([0, 0.5, 1], np.float32), points=points)
