"""Which plan computes a view, and when something slow comes first."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Moons
from flowlab.core.document.view import View
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.request import PlanOptions, must_compute_first, plan_of
from flowlab.core.views.trajectories import trajectories


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_plan_of_document_field_and_options(view: str) -> None:
    names = list(inspect.signature(plan_of(view)).parameters)
    assert len(names) == 3
    assert plan_of(view).__doc__


def test_a_plan_is_the_function_that_its_row_names() -> None:
    assert plan_of("trajectories") is trajectories
    with pytest.raises(KeyError):
        plan_of("teapot")


def test_what_is_slow_is_computed_once() -> None:
    """A row that names something slow says so until it is cached; most views have nothing."""
    slow = [name for name, row in VIEWS.items() if row.is_new]
    for name in VIEWS:
        document = Document(view=View(name=name, particles=20))
        if name not in slow:
            assert not must_compute_first(document)
    assert slow
    for name in slow:
        document = Document(
            target=Moons(),  # whose classes a classifier tells apart
            view=View(name=name, particles=20),
            diffusion=Diffusion(guided_by="classifier"),
            seed=77,
        )
        assert must_compute_first(document)


def test_options_ask_for_everything_unless_told_otherwise() -> None:
    options = PlanOptions()
    assert {f.name: getattr(options, f.name) for f in fields(options)} == {
        "revision": 0, "step": 0, "cancelled": None, "particles": None, "coarse": False,
        "lattice": True, "field": True, "raw": None, "preview": None, "workers": 1,
        "progress": None, "training": False, "few": None,
    }  # fmt: skip
