"""Couplings: what is paired, that both ends keep their distribution, and what it is good for."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import ot
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Moons, Points, Ring, Text
from flowlab.core.document.training import Training
from flowlab.core.interpolants import couplings as couplings_module
from flowlab.core.interpolants.couplings import (
    Coupler,
    IndependentCoupler,
    MinibatchCoupler,
    coupler_of,
    cross_covariance,
)
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import sliced_w2, sliced_w2_floor
from tests.helpers.randomness import rng

N = 8192
LINES = ((0.0, 0.0, 4.0, 0.0), (-1.0, 0.5, -2.0, 3.0))


def reflow_of(document: Document) -> Coupling:
    """Pairs that a flow which needs no learning could have made: here those of an assignment."""
    pairs = sample_pairs(document.source, document.target, Coupling(kind="ot"), N, 3)
    ends = fingerprint(document.source, document.target)
    return Coupling(kind="reflow", generation=1, pairs=Array(pairs), ends=ends)


def couplings(document: Document) -> dict[str, Coupling]:
    return {
        "independent": Coupling(),
        "ot": Coupling(kind="ot", batch=64),
        "two": Coupling(kind="ot", batch=2),
        "odd": Coupling(kind="ot", batch=77),
        "sinkhorn": Coupling(kind="sinkhorn", batch=64),
        "stiff": Coupling(kind="sinkhorn", batch=32, regularisation=1e-3),
        "lines": Coupling(kind="lines", batch=64, lines=LINES),
        "reflow": reflow_of(document),
    }


BASE = Document(source=Gaussian(), target=Moons(), seed=3)
NAMES = list(couplings(BASE))


def made(name: str, document: Document = BASE) -> Coupler:
    return coupler_of(dataclasses.replace(document, coupling=couplings(document)[name]))


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_keep_their_distribution(name: str) -> None:
    """Fresh pairs: sliced W2 to samples of the document is what two such samples have."""
    ends = made(name).fresh(2048, rng(5))
    for end, shape in zip(ends, (BASE.source, BASE.target), strict=True):
        distribution = build(shape)
        floor = sliced_w2_floor(distribution, 2048, 64)
        assert sliced_w2(end, distribution.sample(2048, rng(9)), 64) < 2.5 * floor


@pytest.mark.parametrize("name", NAMES)
def test_means_are_within_their_standard_error(name: str) -> None:
    """Of pairs drawn as training draws them, from a bank that is renewed meanwhile."""
    coupler, seen = made(name), []
    roll = rng(6)
    for _ in range(6):
        seen.append(torch.cat(coupler.draw(1024, roll), 1))
    pairs = torch.cat(seen)
    distinct = len(torch.unique(pairs, dim=0))
    distribution = torch.cat(
        [build(BASE.source).sample(N, rng(1)), build(BASE.target).sample(N, rng(2))], 1
    )
    error = distribution.std(0) * math.sqrt(
        1 / N + 2 / distinct
    )  # drawing again from the bank adds as much
    assert bool(((pairs.mean(0) - distribution.mean(0)).abs() < 4 * error).all())


def test_an_assignment_only_shuffles() -> None:
    x0, x1 = made("ot").fresh(64 * 5, rng(7))
    roll = rng(7)
    source, target = (build(s).sample(64 * 5, roll) for s in (BASE.source, BASE.target))
    assert torch.equal(x0, source)
    assert not torch.equal(x1, target)
    assert torch.equal(x1.sort(0).values, target.sort(0).values)


def cost_of(pairs: tuple[torch.Tensor, torch.Tensor]) -> tuple[float, float]:
    """Mean and standard error of |x1 - x0|^2."""
    squares = (pairs[1] - pairs[0]).double().square().sum(1)
    return float(squares.mean()), float(squares.std() / math.sqrt(len(squares)))


def test_larger_batches_cost_less_and_none_less_than_pot() -> None:
    shape = dataclasses.replace(BASE, target=Ring())
    costs = []
    for batch in (2, 16, 128):
        coupling = Coupling(kind="ot", batch=batch)
        coupler = coupler_of(dataclasses.replace(shape, coupling=coupling))
        costs.append(cost_of(coupler.fresh(1024, rng(8)))[0])
    assert costs == sorted(costs, reverse=True)
    independent = cost_of(made("independent", shape).fresh(1024, rng(8)))[0]
    assert independent > 1.02 * costs[0]
    x0, x1 = coupler_of(shape).fresh(1024, rng(8))
    mass = np.full(1024, 1 / 1024)
    least = float(ot.emd2(mass, mass, ot.dist(x0.double().numpy(), x1.double().numpy())))
    assert least < costs[-1] < 1.25 * least


def test_sinkhorn_lies_between_the_assignment_and_independence() -> None:
    costs = {}
    for strength in (0.01, 1.0, 100.0):
        coupling = Coupling(kind="sinkhorn", batch=64, regularisation=strength)
        coupler = coupler_of(dataclasses.replace(BASE, coupling=coupling))
        costs[strength] = cost_of(coupler.fresh(1024, rng(4)))[0]
    exact = cost_of(
        coupler_of(dataclasses.replace(BASE, coupling=Coupling(kind="ot", batch=64))).fresh(
            1024, rng(4)
        )
    )
    independent = cost_of(made("independent").fresh(1024, rng(4)))
    assert exact[0] - 4 * exact[1] < costs[0.01] < costs[1.0] < costs[100.0]
    assert abs(costs[100.0] - independent[0]) < 5 * independent[1]


def test_lines_carry_what_starts_near_them() -> None:
    """Of a source spread about, what starts within reach of a line ends near its end."""
    shape = Document(source=Gaussian(), target=Ring())
    lines = ((0.0, 0.0, 4.0, 0.0),)
    coupling = Coupling(kind="lines", batch=256, reach=0.6, lines=lines)
    coupler = coupler_of(dataclasses.replace(shape, coupling=coupling))
    x0, x1 = coupler.fresh(4096, rng(3))
    radius = x0.norm(dim=1)
    near, far = radius < 0.35, radius > 0.7
    goal = torch.tensor([4.0, 0.0])
    assert float((x1[near] - goal).norm(dim=1).median()) < 1.0
    spread = (x1[far] - goal).norm(dim=1)
    assert float(spread.median()) > 4.0
    turned = torch.atan2(x1[far][:, 1], x1[far][:, 0])
    assert abs(float(torch.corrcoef(torch.stack([turned, x0[far][:, 1]]))[0, 1])) < 0.06


def test_lines_without_a_line_are_the_independent_coupling() -> None:
    assert isinstance(coupler_of(Document(coupling=Coupling(kind="lines"))), IndependentCoupler)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_dice_give_the_same_pairs(name: str) -> None:
    first, second = made(name), made(name)
    one, two = rng(11), rng(11)
    for n in (100, 3000, 17):
        for a, b in zip(first.draw(n, one), second.draw(n, two), strict=True):
            assert torch.equal(a, b)
            assert a.shape == (n, 2)


def test_a_bank_grows_and_is_then_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couplings_module, "_BANK_SIZE", 2048)
    monkeypatch.setattr(couplings_module, "_FIRST", 256)
    coupler, roll = made("lines"), rng(2)
    assert isinstance(coupler, MinibatchCoupler)
    seen = [len(torch.unique(torch.cat(coupler.draw(9000, roll), 1), dim=0)) for _ in range(12)]
    assert seen[0] == 256
    assert seen[0] < seen[1] <= seen[-1] + 100
    assert seen[-1] > 1900
    early = coupler._bank.clone()
    for _ in range(2):
        coupler.draw(1, roll)
    renewed = (coupler._bank != early).any(1)
    assert 0 < int(renewed.sum()) < 2048
    assert int(renewed.sum()) % 64 == 0  # whole batches


@pytest.mark.parametrize("name", ["ot", "sinkhorn", "lines", "reflow"])
def test_training_does_not_hang_on_how_steps_are_grouped(name: str) -> None:
    document = dataclasses.replace(
        BASE,
        coupling=couplings(BASE)[name],
        network=Network(width=8, depth=1),
        training=Training(batch=32),
    )
    one, two = Trainer(document), Trainer(document)
    one.advance(70)
    for block in (3, 40, 27):
        two.advance(block)
    for ours, theirs in zip(
        one.weights().arrays.values(), two.weights().arrays.values(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_the_cross_covariance() -> None:
    zero = cross_covariance(made("independent"), rng())
    assert torch.equal(zero, torch.zeros(2, 2, dtype=torch.float64))
    pairs = torch.randn(500, 2, generator=rng(1))
    turned = pairs @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    coupling = Coupling(kind="reflow", pairs=Array(torch.cat([pairs, turned], 1).numpy()))
    found = cross_covariance(coupler_of(Document(coupling=coupling)), rng(), 50_000)
    expected = np.cov(torch.cat([pairs, turned], 1).double().numpy().T)[:2, 2:]
    np.testing.assert_allclose(found.numpy(), expected, atol=0.03)


def test_optimal_pairs_of_two_gaussians_have_their_known_covariance() -> None:
    """Between N(0, A) and N(m, B), A and B diagonal, the plan has Cov(x0, x1) = sqrt(A B)."""
    document = Document(source=Gaussian(), target=Gaussian(std_x=2.0, std_y=0.5, offset_x=5.0))
    coupling = Coupling(kind="ot", batch=512)
    found = cross_covariance(coupler_of(dataclasses.replace(document, coupling=coupling)), rng())
    np.testing.assert_allclose(found.numpy(), np.diag([2.0, 0.5]), atol=0.2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "reflow"},
        {"lines": [[1.0, 2.0]]},
        {"lines": [[1.0, 2.0, 3.0, math.nan]]},
        {"lines": []},
        {"lines": np.zeros((65, 4))},
        {"lines": "a line"},
        {"pairs": np.zeros((0, 4))},
        {"batch": 513},
        {"batch": 1},
        {"regularisation": 0.0},
        {"kind": "telepathy"},
    ],
)
def test_what_is_no_coupling_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"\.$"):
        Coupling(**wrong)


def test_reflow_pairs_belong_to_their_distributions() -> None:
    document = dataclasses.replace(BASE, coupling=reflow_of(BASE))
    coupler_of(document)
    moved = dataclasses.replace(document, target=Moons(offset_x=1.0))
    with pytest.raises(Invalid, match="press Reflow again"):
        coupler_of(moved)
    assert len(sample_pairs(moved.source, moved.target, moved.coupling, 10)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_coupling_survives_a_file(name: str) -> None:
    document = dataclasses.replace(BASE, coupling=couplings(BASE)[name])
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    again = from_plain(to_plain(document, arrays), arrays)
    assert again == document
    assert fingerprint(again.source, again.target) == fingerprint(BASE.source, BASE.target)


def test_a_fingerprint_tells_shapes_apart_and_numbers_together() -> None:
    assert fingerprint(Moons(radius=2)) == fingerprint(Moons(radius=2.0))
    words = {fingerprint(s) for s in (Moons(), Moons(radius=1.0), Ring(), (Moons(), Ring()))}
    assert len(words) == 4
    clouds = [Points(points=Array(np.full((2, 2), x))) for x in (0.0, 0.0, 1.0)]
    assert fingerprint(clouds[0]) == fingerprint(clouds[1]) != fingerprint(clouds[2])
    assert fingerprint(Text(text="a")) != fingerprint(Text(text="b"))


def test_dear_batches_are_seldom_matched() -> None:
    coupler = coupler_of(dataclasses.replace(BASE, coupling=Coupling(kind="ot", batch=400)))
    assert isinstance(coupler, MinibatchCoupler)
    roll = rng(1)
    coupler.draw(10, roll)
    before = coupler._bank[:400].clone()
    coupler.draw(10, roll)
    assert torch.equal(coupler._bank[:400], before)
    assert coupler._matched_batches == 1
