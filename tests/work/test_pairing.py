"""Figures of pairs and paths, against POT and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import ot
import pytest

from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.views.bundle import Bundle
from flowlab.work.pairing import pair_figures

EIGHT = Document(source=Gaussian(), target=Ring())


def bundle_of(x0: np.ndarray, x1: np.ndarray) -> Bundle:
    points = np.stack([x0, x1]).astype(np.float32)
    return Bundle(times=np.array([0, 1], np.float32), points=points)


STRAIGHT = bundle_of(np.zeros((50, 2)), np.tile([3.0, 4.0], (50, 1)))


def test_straight_paths_are_straight_and_cost_their_length_squared() -> None:
    found = pair_figures(EIGHT, STRAIGHT)
    assert found["flow_cost"] == pytest.approx(25.0)
    assert found["straightness"] == pytest.approx(0.0, abs=1e-9)


def test_a_bent_path_is_not() -> None:
    """(0, 0) to (1, 1) to (2, 0): the velocity is off by (0, 2) and by (0, -2) all the way."""
    points = np.array([[[0, 0]], [[1, 1]], [[2, 0]]], np.float32)
    bent = Bundle(times=np.array([0, 0.5, 1], np.float32), points=points)
    assert pair_figures(EIGHT, bent)["straightness"] == pytest.approx(4.0)


def test_independent_pairs_cost_what_moments_say() -> None:
    """E|x1 - x0|^2 = tr C0 + tr C1 + |m1 - m0|^2, in closed form between mixtures."""
    found = pair_figures(EIGHT, STRAIGHT)
    mixture = build(EIGHT.target).mixture()
    assert mixture is not None
    w = mixture.weights / mixture.weights.sum()
    power = (w * (mixture.means.square().sum(1) + mixture.covs.diagonal(0, 1, 2).sum(1))).sum()
    pairs = sample_pairs(EIGHT.source, EIGHT.target, Coupling(), 2048)
    spread = np.square(pairs[:, 2:] - pairs[:, :2]).sum(1).std() / np.sqrt(2048)
    assert found["pair_cost"] == pytest.approx(2 + float(power), abs=4 * float(spread))


def test_the_least_cost_is_that_of_pot_for_the_same_points() -> None:
    pairs = sample_pairs(EIGHT.source, EIGHT.target, Coupling(), 2048).astype(np.float64)
    mass = np.full(2048, 1 / 2048)
    pot = float(ot.emd2(mass, mass, ot.dist(pairs[:, :2], pairs[:, 2:]), numItermax=1_000_000))
    least = pair_figures(EIGHT, STRAIGHT)["least_cost"]
    assert least is not None
    assert pot <= least < 1.05 * pot
    shifted = replace(EIGHT, target=Gaussian(std_x=3.0, offset_y=2.0))
    assert pair_figures(shifted, STRAIGHT)["least_cost"] == pytest.approx(4 + 4.0, rel=0.06)


@pytest.mark.parametrize("kind", ["independent", "ot"])
def test_nothing_costs_less_than_the_least(kind: str) -> None:
    """Both sides of the comparison are of the same points."""
    x0 = np.random.default_rng(0).normal(size=(600, 2))
    optimal = bundle_of(x0, 2 * x0)  # a gradient of a convex function
    found = pair_figures(replace(EIGHT, coupling=Coupling(kind=kind)), optimal)
    assert found["least_cost"] <= found["pair_cost"]  # type: ignore[operator]
    assert found["flow_least"] == pytest.approx(found["flow_cost"])
    turned = pair_figures(EIGHT, bundle_of(x0, -x0))
    assert turned["flow_least"] < turned["flow_cost"]  # type: ignore[operator]


def test_optimal_pairs_cross_less_and_cost_less() -> None:
    optimal = pair_figures(replace(EIGHT, coupling=Coupling(kind="ot")), STRAIGHT)
    independent = pair_figures(EIGHT, STRAIGHT)
    for name, factor in (("crossings", 0.2), ("meetings", 0.2), ("pair_cost", 0.7)):
        ours, theirs = optimal[name], independent[name]
        assert ours is not None
        assert theirs is not None
        assert ours < factor * theirs


def test_what_is_not_known_is_left_out() -> None:
    lost = bundle_of(np.zeros((3, 2)), np.full((3, 2), np.nan))
    assert pair_figures(EIGHT, lost).get("straightness") is None
    stale = Coupling(kind="reflow", pairs=np.zeros((2, 4)), ends="of others")  # type: ignore[arg-type]
    assert pair_figures(replace(EIGHT, coupling=stale), STRAIGHT).get("crossings") is None


def test_very_many_particles_are_read_as_well() -> None:
    few = bundle_of(np.zeros((400, 2)), np.tile([3.0, 4.0], (400, 1)))
    assert pair_figures(EIGHT, few.compact())["flow_cost"] == pytest.approx(25.0, rel=1e-3)
