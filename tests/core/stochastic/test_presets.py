"""The notebook's figures: its documents, and the trained weights that they share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.gallery import preset, preset_steps, preset_weights
from flowlab.core.document.recipes import NOTEBOOK, recipe_of
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import extended_field, loss_floor, oracle_for
from flowlab.core.learning.field import field_of
from flowlab.core.stochastic.presets import presets
from flowlab.files import session
from flowlab.files.bundled_presets import bundled_path, load_bundled
from tests.helpers.randomness import rng

TRAINED = "notebook_ode_and_sde"
FIGURES = [name for name, made in presets().items() if preset_weights(name) == TRAINED]


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_are_of_the_notebooks_problem_and_network(name: str) -> None:
    document = preset(name)
    assert (document.source, document.target) == (Gaussian(), Ring(radius=5.0, std=0.7))
    assert recipe_of(document) == NOTEBOOK
    assert (document.solver.method, document.solver.steps) == ("euler", 80)
    noise = document.stochastic
    assert (noise.eps, noise.eps_shape, noise.method, noise.steps) == (
        2.0, "alpha", "euler_maruyama", 80,
    )  # fmt: skip


def test_they_have_as_many_points_and_pictures_as_in_the_notebook() -> None:
    strips = {name: preset(name) for name in ("notebook_samples", "notebook_interpolant")}
    shown = [(each.view.particles, each.stochastic.panels) for each in strips.values()]
    assert shown == [(5000, 2), (8000, 6)]
    assert preset(TRAINED).view.particles == 20_000
    assert presets()[TRAINED].t == 1.0


def test_the_weights_ship_once_and_all_figures_have_them() -> None:
    assert set(FIGURES) == {
        "there_and_back", "notebook_samples", "notebook_interpolant", TRAINED,
    }  # fmt: skip
    assert len({bundled_path(name) for name in FIGURES}) == 1
    for name in FIGURES:
        content = load_bundled(name)
        assert content.document == preset(name)
        assert content.weights is not None
        assert content.weights.step == preset_steps(TRAINED) == 5000
        assert content.state["t"] == 1.0
        assert content.losses["step"][-1] == 5000
    assert preset_weights("ode_and_sde") == "eight_gaussians"


def test_the_weights_are_trained_to_the_true_floor() -> None:
    content = session.load(bundled_path(TRAINED))
    oracle = oracle_for(content.document)
    assert oracle is not None
    assert content.weights is not None
    floor = loss_floor(oracle, 100_000)
    assert floor.quadratic == pytest.approx(-8.921, abs=4 * floor.quadratic_error)
    last = content.losses["quadratic"][-60:]
    assert np.mean(last) == pytest.approx(-8.921, abs=0.03)
    t = torch.rand(2000, generator=rng())
    x = oracle.sample(t, rng()).float()
    exact = extended_field(oracle).velocity(x, t)
    learned = field_of(content.document, content.weights, "cpu").velocity(x, t)
    assert float((learned - exact).norm() / exact.norm()) < 0.05
