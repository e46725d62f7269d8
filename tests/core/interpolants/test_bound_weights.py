"""The weights of the evidence bound: one cost, whatever is predicted; a long chain has it too."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.loss_weights import loss_weights
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.learned import why_no_bound
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.training import Training
from flowlab.core.interpolants.bound_weights import ENDS, bound_weight, bound_weighted
from flowlab.core.interpolants.parameterization import make_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.trainer import Trainer

T = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
SIMPLE = Document(source=Gaussian(), network=Network(width=8, depth=1), training=Training(batch=64))
WEIGHTED = replace(SIMPLE, training=Training(loss_weights="bound", batch=64))


@pytest.mark.parametrize("path", [Path(), Path(kind="preserving")])
def test_an_error_costs_the_same_whatever_is_predicted(path: Path) -> None:
    """The noise is wrong by e, the data so that x stays where it is."""
    of_path = interpolant_of(path)
    x0, x1, e = torch.randn(3, len(T), 2, dtype=torch.float64)
    wrong = x1 - (of_path.alpha(T) / of_path.beta(T))[:, None] * e
    costs = []
    for predicts in ("noise", "denoiser", "velocity", "score"):
        to_learn = bound_weighted(make_parameterization(predicts, of_path))
        error = to_learn.target(x0 + e, wrong, T) - to_learn.target(x0, x1, T)
        assert to_learn.sqrt_weight is not None
        costs.append((to_learn.sqrt_weight(T)[:, None] * error).square().sum(1))
    for cost in costs[1:]:
        torch.testing.assert_close(cost, costs[0])


def test_on_the_linear_path_they_are_those_that_the_setting_names() -> None:
    formulas = {"noise": 1 / (T * (1 - T)), "denoiser": T / (1 - T) ** 3, "velocity": T / (1 - T)}
    for predicts, formula in formulas.items():
        weight = bound_weight(make_parameterization(predicts, interpolant_of(Path())), T)
        torch.testing.assert_close(weight, formula)


def test_beyond_the_first_and_last_steps_they_are_held() -> None:
    to_learn = make_parameterization("noise", interpolant_of(Path()))
    weight = bound_weight(to_learn, torch.tensor([0.0, ENDS, 1 - ENDS, 1.0], dtype=torch.float64))
    torch.testing.assert_close(weight[[0, 3]], weight[[1, 2]])


def test_a_long_chain_s_steps_cost_the_same() -> None:
    """The cost of a step k, times dk/dt, by the noise."""
    chain = Chain.of_betas(torch.linspace(1e-5, 2e-3, 10_000, dtype=torch.float64))
    signal, noise = chain.abar.sqrt(), (1 - chain.abar).sqrt()
    t = signal / (signal + noise)
    (density,) = torch.gradient(t)
    k = torch.arange(500, 9500, 500)
    each = loss_weights(chain, "noise")[k] / density[k].abs()
    continuous = bound_weight(make_parameterization("noise", interpolant_of(Path())), t[k])
    torch.testing.assert_close(each, continuous, rtol=0.01, atol=0)


def test_a_trainer_goes_over_to_them_and_back() -> None:
    """From the first step on, whatever was chosen before: with the same pairs, to the same loss."""
    plain, weighted = Trainer(SIMPLE), Trainer(WEIGHTED)
    there, back = Trainer(SIMPLE), Trainer(WEIGHTED)
    there.set_training(WEIGHTED.training)
    back.set_training(SIMPLE.training)
    losses = [trainer.advance(2).mse for trainer in (plain, back, weighted, there)]
    assert losses[0] == losses[1]
    assert losses[2] == losses[3]
    assert losses[2] > 1.1 * losses[0]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (replace(WEIGHTED, coupling=Coupling(kind="ot")), "choose independent pairs"),
        (replace(WEIGHTED, source=Ring()), "choose one Gaussian"),
        (replace(WEIGHTED, path=Path(noise="brownian")), "without latent noise"),
        (replace(WEIGHTED, network=Network(predicts="score_between_walls")), "weights of its own"),
    ],
)
def test_where_no_bound_is_known_that_is_said(document: Document, why: str) -> None:
    assert why in why_no_bound(document)
    with pytest.raises(Invalid, match=why):
        Trainer(document)
    assert not why_no_bound(WEIGHTED)
