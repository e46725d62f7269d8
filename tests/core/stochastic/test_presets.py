"""The notebook's figures: its documents, and the trained weights that they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset, preset_steps, preset_weights
from flowlab.core.document.recipes import NOTEBOOK, recipe_of
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import extended_field, loss_floor, oracle_for
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import run_training
from flowlab.core.stochastic.joined_ends import covariance
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.presets import presets, schroedinger_bridge
from flowlab.core.stochastic.results import ODE, SDE, processes_of
from flowlab.core.stochastic.sampling import SdeSolver, carried_by_sde
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
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
        "there_and_back", "notebook_samples", "notebook_interpolant", "notebook_curves",
        "notebook_flux", TRAINED,
    }  # fmt: skip
    assert len({bundled_path(name) for name in FIGURES}) == 1
    for name in FIGURES:
        content = load_bundled(name)
        assert content.document == preset(name)
        assert content.weights is not None
        assert content.weights.step == preset_steps(TRAINED) == 5000
        assert content.state["t"] == (0.5 if name == "notebook_flux" else 1.0)
        assert content.losses["step"][-1] == 5000
    assert preset_weights("ode_and_sde") == "eight_gaussians"


def test_the_stored_scatters_are_what_the_shipped_weights_give() -> None:
    """Both of 20,000 samples; the first of them are computed again."""
    content = load_bundled(TRAINED)
    assert content.weights is not None
    assert content.preview is not None
    stored = processes_of(content.preview)
    field = field_of(content.document, content.weights)
    computed = processes(content.document, field, PlanOptions(coarse=True, few=16))
    assert isinstance(computed, Bundle)
    known = processes_of(computed)
    assert stored is not None
    assert known is not None
    assert [pane.kind for pane in stored.panes] == [pane.kind for pane in known.panes] == [ODE, SDE]
    for ours, theirs in zip(known.panes, stored.panes, strict=True):
        assert theirs.bundle.count == 20_000
        for t in (0.5, 1.0):
            np.testing.assert_allclose(ours.bundle.at(t), theirs.bundle.at(t)[:16], atol=0.01)


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


# the Schrödinger bridge


def test_the_bridge_is_set_up_as_one() -> None:
    """Regularisation 2 sigma^2, gamma = sigma sqrt(t (1 - t)), a constant level sigma^2 / 2."""
    for sigma in (1.0, 0.7):
        document = schroedinger_bridge(sigma)
        assert (document.coupling.kind, document.coupling.regularisation) == (
            "sinkhorn", 2 * sigma**2,
        )  # fmt: skip
        assert (document.path.noise, document.path.level) == ("brownian", sigma)
        noise = noise_of(
            document.stochastic.eps,
            document.stochastic.eps_shape,
            interpolant_of(document.path),
        )
        assert noise.level(0.3) == noise.level(0.9) == pytest.approx(sigma**2 / 2)
    assert schroedinger_bridge() == preset("schroedinger_bridge")


def test_the_trained_bridge_keeps_its_plan_and_another_level_does_not() -> None:
    """N(0, 1) to N(0, 4): 1.5616 in closed form, within 5 %, and 1.219 at twice the level."""
    content = load_bundled("schroedinger_bridge")
    assert content.document == preset("schroedinger_bridge")
    assert content.weights is not None
    found = joined_by(field_of(content.document, content.weights), content.document)
    assert found == pytest.approx([1.5616, 1.219], rel=0.05)


def test_a_short_training_finds_the_bridge() -> None:
    document = preset("schroedinger_bridge")
    trainer = run_training(document, steps=300, device="cpu")
    found = joined_by(field_of(document, trainer.weights()), document, n=5000)
    assert found == pytest.approx([1.5616, 1.219], rel=0.05)


def joined_by(field: LearnedVelocity, document: Document, n: int = 10_000) -> list[float]:
    """Cov(X0, X1) of the SDE at the bridge's level and at twice that."""
    x = torch.randn(n, 2, generator=rng())
    x = (x - x.mean(0)) / x.std(0)
    solver = SdeSolver(eps=0.5, eps_shape="constant", steps=40)
    runs = [carried_by_sde(field, document, x, replace(solver, eps=eps), 0) for eps in (0.5, 1.0)]
    return [float(covariance(run.points[0], run.points[-1])) for run in runs]
