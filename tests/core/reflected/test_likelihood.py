"""Likelihoods by the flow between walls."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named, preset
from flowlab.core.domains import square
from flowlab.core.reflected.heat_results import wall_likelihood_of
from flowlab.core.reflected.likelihood import log_likelihood, wall_likelihood
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.request import PlanOptions

NOBODY = cast(Any, None)


def test_it_is_the_density_of_a_single_tone() -> None:
    side, tilt = 2.0, 0.8
    walls, rate = square(side), math.pi / side
    variances = (3.0 * (0.01 / 1.5) ** np.linspace(0, 1, 101)) ** 2

    def score(x: Doubles, k: int) -> Doubles:
        a, u = tilt * math.exp(-(rate**2) * variances[k] / 2), rate * (x[:, 0] + side / 2)
        slope = -a * rate * np.sin(u) / (1 + a * np.cos(u))
        return np.column_stack([slope, 0 * slope])

    x = walls.uniform(200).numpy()
    expected = np.log((1 + tilt * np.cos(rate * (x[:, 0] + side / 2))) / side**2)
    assert np.abs(log_likelihood(walls, score, variances, x) - expected).max() < 4e-3


def test_it_integrates_to_one_over_the_domain() -> None:
    settings = Reflected(walls="disc", width=9.0, sigma_min=0.04, flow_steps=60)
    document = Document(target=named("two_moons"), reflected=settings)
    known = wall_likelihood_of(wall_likelihood(document, NOBODY, PlanOptions()))
    assert known is not None
    assert known.mass == pytest.approx(1.0, abs=0.01)
    assert known.gap < 0.05
    assert np.isnan(known.logs).any()  # outside


def test_ridges_between_thin_strokes_add_nothing_to_the_mass() -> None:
    """At one of the places between letters, where nothing arrives, it was 1,000 times as dense."""
    known = wall_likelihood_of(wall_likelihood(preset("text_in_a_star"), NOBODY, PlanOptions()))
    assert known is not None
    assert known.mass == pytest.approx(1.0, abs=0.05)
