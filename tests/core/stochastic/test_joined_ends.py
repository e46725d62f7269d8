"""Which ends the processes join, beside the pairs of the coupling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.stochastic.joined_ends import (
    IS_BRIDGE,
    PAIRS,
    bridge_words,
    covariance,
    joined_ends,
)
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.presets import schroedinger_bridge
from flowlab.core.stochastic.results import ODE, SDE, processes_of
from flowlab.core.views.request import PlanOptions
from tests.core.stochastic.test_latent_noise import Bridge


def test_the_covariance_is_half_the_trace_and_knows_its_error() -> None:
    x0, x1 = np.random.default_rng(0).normal(size=(2, 400, 2)).astype(np.float32)
    joint = np.cov(x0.T, (x0 + x1).T)[:2, 2:]
    found = covariance(x0, x0 + x1)
    assert found == pytest.approx(np.trace(joint) / 2, rel=0.01)
    assert abs(found - 1.0) < 4 * found.error


def test_the_bridge_joins_as_its_pairs_do_and_the_flow_by_a_monotone_map() -> None:
    """x0 -> 2 x0 is the flow's map from N(0, 1) to N(0, 4), whatever the coupling."""
    document = preset("schroedinger_bridge")
    view = replace(document.view, particles=3000)
    document = replace(document, view=view)
    field = Bridge(document.path)
    found = processes_of(processes(document, field, PlanOptions()))  # type: ignore[arg-type]
    assert found is not None
    joined = joined_ends(document, found)
    assert joined[ODE] == pytest.approx(2.0, abs=4 * joined[ODE].error)
    assert joined[SDE] == pytest.approx(1.5616, abs=4 * joined[SDE].error)
    assert joined[PAIRS] == pytest.approx(1.5616, abs=4 * joined[PAIRS].error + 0.05)
    assert found.score == "noise"
    assert (found.first, found.last) == (0.5 / 80, 1 - 0.5 / 80)
    assert joined_ends(Document(), found) == {}
    assert joined_ends(Document(coupling=Coupling(kind="ot")), replace(found, until=0.99)) == {}


def test_the_words_say_when_an_sde_is_a_bridge() -> None:
    for sigma in (1.0, 0.7):
        document = schroedinger_bridge(sigma)
        assert bridge_words(document) == IS_BRIDGE
        louder = replace(document, stochastic=replace(document.stochastic, eps=2 * sigma**2))
        assert f"ε = {sigma**2 / 2:g} the SDE" in bridge_words(louder)
        shaped = replace(document, stochastic=replace(document.stochastic, eps_shape="auto"))
        assert f"ε = {sigma**2 / 2:g} the SDE" in bridge_words(shaped)
        other = replace(document, coupling=Coupling(kind="sinkhorn", regularisation=0.3))
        assert f"regularisation {2 * sigma**2:g}" in bridge_words(other)
        assert bridge_words(replace(document, coupling=Coupling(kind="ot"))) == ""
