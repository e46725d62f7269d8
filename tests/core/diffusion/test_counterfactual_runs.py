"""The view of counterfactuals: the chosen point, the differences of each class, and their ends."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowlab.core.diffusion.counterfactual_results import CounterfactualRun, counterfactual_of
from flowlab.core.diffusion.counterfactual_runs import counterfactuals, evaluations, is_new
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.document.view import View
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions

VARIANCE, FAR = 0.3, 12.0  # so far that the field of all is that of a point's own class
PAIR = Mixture(
    means=((0.0, 0.0), (FAR, 0.0)), covs=((VARIANCE, 0.0, VARIANCE),) * 2, weights=(0.5, 0.5)
)


def document_of(**settings: Any) -> Document:
    how = {"first": "ddim", "steps": 60, "standardise": False, "guidance": 1.0, "noised_to": 200}
    return Document(
        target=PAIR,
        view=View(name="counterfactual", particles=200, shows="exact", condition=0),
        diffusion=Diffusion(**{**how, "point_x": FAR, "point_y": 0.5, **settings}),
    )


def run_of(document: Document, **options: Any) -> CounterfactualRun:
    run = counterfactual_of(counterfactuals(document, None, PlanOptions(**options)))  # type: ignore[arg-type]
    assert run is not None
    return run


def test_points_move_by_the_share_of_the_closed_form_and_those_of_the_class_stay() -> None:
    """The ODE carries N(m, v I) to N(a m, (a^2 v + b^2) I): 1 - a sqrt(v) / sqrt(a^2 v + b^2)."""
    run = run_of(document_of(steps=200), particles=40)
    a = float(levels_of().later(200).signal[0])
    share = 1 - a * math.sqrt(VARIANCE) / math.sqrt(a**2 * VARIANCE + 1 - a**2)
    moved = dict(run.moved)
    assert moved[1] == pytest.approx(share * FAR, rel=0.01)
    assert moved[0] < 0.01
    assert run.others == moved[1]
    np.testing.assert_allclose(run.difference[0], [-share * FAR, 0], atol=0.02 * FAR)


def test_the_chosen_point_is_the_first_and_rests_until_it_is_led() -> None:
    run = run_of(document_of(noised_to=400))
    assert run.begin == pytest.approx(0.6)
    np.testing.assert_allclose(run.forth.at(1.0)[0], [FAR, 0.5], atol=1e-5)
    for bundle in (run.forth, run.back):
        np.testing.assert_array_equal(bundle.at(0.0), bundle.at(0.6))
    np.testing.assert_allclose(run.forth.at(0.3), run.back.at(0.3))
    assert run.forth.count == 200
    coarse = run_of(document_of(noised_to=400), coarse=True, few=50)
    np.testing.assert_allclose(coarse.forth.at(1.0), run.forth.at(1.0)[:50], atol=1e-5)
    assert coarse.purity is None


def test_at_all_noise_every_point_is_of_the_class() -> None:
    document = document_of(noised_to=5000, T=300)
    run = run_of(document)
    assert run.k == 300
    assert run.purity == 1.0
    assert run.back.labels is not None
    assert not run.back.labels.any()
    assert evaluations(document) == 360
    assert not is_new(document)


def test_what_cannot_be_led_is_told() -> None:
    with pytest.raises(Invalid, match="no classes"):
        run_of(replace(document_of(), target=Gaussian()))
    with pytest.raises(Invalid, match="isn’t guided here"):
        run_of(document_of(first="text"))
    with pytest.raises(Invalid, match="uncorrected"):
        run_of(document_of(first="reverse_sde", corrector=1))
    with pytest.raises(Cancelled):
        run_of(document_of(), cancelled=lambda: True)


def test_its_progress_rises_to_all() -> None:
    told: list[float] = []
    run_of(document_of(steps=20), particles=10, progress=told.append)
    assert len(told) > 10
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert sum(share < 0.6 for share in told) > 5  # on the way into the noise
