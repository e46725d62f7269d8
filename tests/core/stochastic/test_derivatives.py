"""Curl and divergence against closed forms, and where the exact curl is 0."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Ring
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics.divergence import jacobian
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic import derivatives as plan
from flowlab.core.stochastic.curl import curl_facts
from flowlab.core.stochastic.derivative_results import (
    DIFFERENCE,
    EXACT,
    LEARNED,
    Derivatives,
    derivatives_of,
)
from flowlab.core.views.request import PlanOptions

STRETCHED = Gaussian(std_x=1.0, std_y=2.0)
TILTED = Gaussian(std_x=2.0, std_y=1.0, correlation=0.6)


def cov(shape: Gaussian) -> np.ndarray:
    off = shape.correlation * shape.std_x * shape.std_y
    return np.array([[shape.std_x**2, off], [off, shape.std_y**2]])


def matrix(source: Gaussian, target: Gaussian, t: float) -> np.ndarray:
    """The Jacobian C' C^-1 / 2 of the exact velocity between two Gaussians on the linear path."""
    c0, c1 = cov(source), cov(target)
    c, rate = (1 - t) ** 2 * c0 + t**2 * c1, 2 * (t * c1 - (1 - t) * c0)
    return rate @ np.linalg.inv(c) / 2


def untrained(document: Document) -> LearnedVelocity:
    small = replace(document, network=replace(document.network, width=16, depth=2))
    return field_of(small, Trainer(small).weights())


class Turning:
    """div = -1 and curl = 3 everywhere."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        u, v = x.unbind(1)
        return torch.stack([-u - v, 2 * u + 0 * v], 1)


def result(document: Document, *, coarse: bool = True, **options: object) -> Derivatives:
    bundle = plan.derivatives(document, Turning(), PlanOptions(coarse=coarse, **options))  # type: ignore[arg-type]
    found = derivatives_of(bundle)
    assert found is not None
    return found


@pytest.mark.parametrize(("source", "target"), [(STRETCHED, TILTED), (STRETCHED, STRETCHED)])
def test_between_gaussians_both_are_those_of_a_matrix(source: Gaussian, target: Gaussian) -> None:
    found = result(Document(source=source, target=target))
    for k in (1, 4, 7):
        j = matrix(source, target, float(found.times[k]))
        for quantity, true in (("divergence", np.trace(j)), ("curl", j[1, 0] - j[0, 1])):
            values = found.maps[EXACT, quantity][k]
            values = values[np.isfinite(values)]
            assert len(values) > 20
            np.testing.assert_allclose(values, true, atol=1e-6)
            rms = found.rms[EXACT, quantity][k]
            assert rms is not None
            assert rms == pytest.approx(abs(true), abs=1e-6)


def test_covariances_that_do_not_commute_have_a_true_curl() -> None:
    found = result(Document(source=STRETCHED, target=TILTED))
    assert found.curl_free is False
    middle = found.rms[EXACT, "curl"][4]
    j = matrix(STRETCHED, TILTED, 0.5)
    assert middle == pytest.approx(abs(j[1, 0] - j[0, 1]), abs=1e-6)
    assert middle is not None
    assert middle > 0.3


def test_the_learned_ones_are_right_and_the_difference_is_theirs() -> None:
    found = result(Document(source=STRETCHED, target=TILTED))
    seen = np.isfinite(found.maps[LEARNED, "curl"])
    np.testing.assert_allclose(found.maps[LEARNED, "curl"][seen], 3, atol=1e-6)
    np.testing.assert_allclose(found.maps[LEARNED, "divergence"][seen], -1, atol=1e-6)
    difference = found.maps[DIFFERENCE, "curl"][seen]
    np.testing.assert_allclose(difference, 3 - found.maps[EXACT, "curl"][seen], atol=1e-5)


FREE = {
    "isotropic source": Document(source=Gaussian(scale=1.3, offset_x=1.0), target=Ring()),
    "isotropic target": Document(source=Mixture(), target=Gaussian()),
    "commuting": Document(source=STRETCHED, target=Gaussian(std_x=3.0, std_y=0.5)),
    "curved path": Document(target=Mixture(), path=Path(kind="trigonometric")),
    "latent noise": Document(target=Mixture(), path=Path(noise="brownian")),
}


@pytest.mark.parametrize("name", FREE)
def test_where_the_curl_is_said_to_be_zero_differences_of_the_exact_field_agree(name: str) -> None:
    document = FREE[name]
    assert curl_facts(document)[0] is True
    oracle = oracle_for(document)
    assert oracle is not None
    for t in (0.3, 0.7):
        x = oracle.sample(torch.full((200,), t), torch.Generator().manual_seed(1))
        _, j = jacobian(oracle, x, t)
        assert float((j[:, 1, 0] - j[:, 0, 1]).abs().max()) < 1e-5


@pytest.mark.parametrize("kind", ["mirror", "encoding"])
def test_on_paths_through_noise_too(kind: str) -> None:
    document = Document(source=Ring(), target=Ring(), path=Path(kind=kind, noise="brownian"))
    assert curl_facts(document)[0] is True
    oracle = oracle_for(document)
    assert oracle is not None
    x = oracle.sample(torch.full((200,), 0.3), torch.Generator().manual_seed(1))
    _, j = jacobian(oracle, x, 0.3)
    assert float((j[:, 1, 0] - j[:, 0, 1]).abs().max()) < 1e-5


def test_from_triangle_to_rhombus_the_true_curl_is_as_large_as_the_divergence() -> None:
    found = result(Document(source=named("triangle"), target=named("rhombus")))
    k = found.nearest(0.5)
    curl, divergence = found.rms[EXACT, "curl"][k], found.rms[EXACT, "divergence"][k]
    assert found.curl_free is False
    assert curl is not None
    assert divergence is not None
    assert 0.4 < curl / divergence < 1.2


def test_under_another_coupling_only_the_learned_ones_are_shown() -> None:
    found = result(Document(target=Ring(), coupling=Coupling(kind="ot")))
    assert found.curl_free is None
    assert found.shown("curl") == [LEARNED]
    assert "independent" in found.note
    assert np.isfinite(found.maps[LEARNED, "curl"][4]).any()


def test_the_exact_curl_is_zero_by_derivation_and_blank_where_there_is_no_mass() -> None:
    found = result(Document(target=Ring()))
    curl = found.maps[EXACT, "curl"][0]
    assert np.isnan(curl).any()
    assert set(np.unique(curl[np.isfinite(curl)])) == {0.0}
    rms = found.rms[LEARNED, "curl"][4]
    assert rms == pytest.approx(3)


def test_the_scale_is_round_and_one_cell_can_be_read() -> None:
    found = result(Document(source=STRETCHED, target=TILTED))
    assert found.scale("curl") == 5.0
    j, i = (int(k) for k in np.argwhere(np.isfinite(found.maps[EXACT, "curl"][4]))[0])
    told = found.at("curl", 0.5, float(found.xs[i]), float(found.ys[j]))
    assert told[LEARNED] == pytest.approx(3)
    assert told[DIFFERENCE] == pytest.approx(3 - told[EXACT], abs=1e-5)
    assert found.at("curl", 0.5, 99.0, 0.0) == {}


def test_what_depends_on_no_weights_is_cached_and_the_rest_can_be_cancelled() -> None:
    document = Document(source=STRETCHED, target=TILTED, seed=5)
    assert plan.is_new(document)
    result(document, coarse=False)
    assert not plan.is_new(document)
    assert len(result(document).times) == 33
    with pytest.raises(Cancelled):
        result(replace(document, seed=6), cancelled=lambda: True)


def test_a_grid_is_differenced_over_half_a_cell() -> None:
    document = Document(target=named("spiral"))
    oracle = oracle_for(document)
    assert oracle is not None
    assert 0.01 < plan.difference_of(document, oracle) < 0.1
    assert plan.difference_of(document, Turning()) == 0.0
    assert math.isfinite(plan._precision(document, oracle))


@pytest.mark.parametrize("k", [0, 1])
def test_of_a_conditional_network_one_class_is_learned_and_exact(k: int) -> None:
    target = Mixture(
        means=((-3.0, 0.0), (3.0, 0.0)), covs=((0.04, 0.0, 0.04), (4.0, 0.0, 1.0)), weights=(1, 1)
    )
    document = Document(
        target=target, network=Network(conditional=True), view=View(name="divergence", condition=k)
    )
    bundle = plan.derivatives(document, untrained(document), PlanOptions(coarse=True))
    found = derivatives_of(bundle)
    assert found is not None
    assert found.condition == k
    a, b, c = target.covs[k]
    j = matrix(Gaussian(), Gaussian(std_x=math.sqrt(a), std_y=math.sqrt(c)), 0.5)
    assert b == 0
    values = found.maps[EXACT, "divergence"][found.nearest(0.5)]
    assert values[np.isfinite(values)] == pytest.approx(np.trace(j), rel=1e-3)
