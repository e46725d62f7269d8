"""The plan of the (t, x) view: the processes, and the density of any direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.stochastic.time_plane_result import time_plane_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import settings_read
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.scene.furniture.time_marginal import histogram

DOCUMENT = Document(
    source=Gaussian(),
    target=Ring(),
    view=View(name="time_plane", shows="exact", particles=4000),
    stochastic=Stochastic(method="stochastic_heun", steps=40),
)


def planned(document: Document) -> Bundle:
    oracle = oracle_for(document)
    assert oracle is not None
    return plan_of("time_plane")(document, extended_field(oracle), PlanOptions())  # type: ignore[return-value]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return planned(DOCUMENT)


def test_it_is_the_processes_with_a_density(bundle: Bundle) -> None:
    known = time_plane_of(bundle)
    assert known is not None
    assert known.density is not None
    assert processes_of(bundle) is known
    assert [pane.kind for pane in known.panes] == [ODE, SDE, NAIVE]
    assert known.nbytes > sum(pane.bundle.nbytes for pane in known.panes) + known.density.nbytes
    small = known.compact()
    assert type(small) is type(known)
    assert small.density is known.density
    assert small.nbytes < known.nbytes


def test_another_direction_needs_no_other_paths() -> None:
    turned = replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, angle=60.0))
    assert settings_read(turned) == settings_read(DOCUMENT)


@pytest.mark.parametrize("angle", [0.0, 50.0])
def test_marginals_of_ode_and_sde_follow_the_density_and_naive_noise_does_not(
    bundle: Bundle, angle: float
) -> None:
    """Chi square a bin: about 1 by chance alone; the solver's error adds little."""
    known = time_plane_of(bundle)
    assert known is not None
    assert known.density is not None
    u = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    for t in (0.3, 0.8):
        off = {}
        for pane in known.panes:
            cloud = (pane.bundle.at(t) @ u).astype(np.float32)
            made = histogram(cloud, (-8.0, 8.0))
            width = made.edges[1] - made.edges[0]
            fine = (made.edges[:-1, None] + width * (np.arange(16) + 0.5) / 16).ravel()
            exact = known.density.density(angle, np.array([t]), fine)[0].reshape(-1, 16).mean(1)
            expected = len(cloud) * width * exact
            counts, full = len(cloud) * width * made.values, expected > 20
            off[pane.kind] = float(((counts - expected) ** 2 / expected)[full].mean())
        assert off[ODE] < 2
        assert off[SDE] < 2
        assert off[NAIVE] > 5


class Still:
    """A velocity of which nothing is known."""

    def velocity(self, x: Tensor, t: float) -> Tensor:
        return torch.zeros_like(x)


def test_under_another_coupling_the_sde_is_refused_as_ever() -> None:
    view = replace(DOCUMENT.view, shows="learned")
    document = replace(DOCUMENT, coupling=Coupling(kind="ot"), view=view)
    made = plan_of("time_plane")(document, Still(), PlanOptions(particles=10))  # type: ignore[arg-type]
    assert isinstance(made, Bundle)
    found = processes_of(made)
    assert found is not None
    assert not found.has(SDE)
    assert "independent" in dict(found.refused)[SDE]
