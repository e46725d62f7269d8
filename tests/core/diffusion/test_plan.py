"""The same noise by several samplers: each has the marginals that are said to be its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowlab.core.diffusion.models import levels_for, sampler_for
from flowlab.core.diffusion.plan import denoising, evaluations
from flowlab.core.diffusion.presets import presets
from flowlab.core.diffusion.results import (
    TWIN,
    Denoising,
    denoising_of,
    jump_of,
    plane_of,
    strips_of,
    twin_of,
)
from flowlab.core.diffusion.settings import (
    DDIM,
    DDPM,
    IADB,
    NONE,
    ODE,
    PROCESSES,
    SDE,
    TEXT,
    Diffusion,
)
from flowlab.core.diffusion.strip import noising, times_of
from flowlab.core.diffusion.time_plane import time_plane
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Ring
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import room_of
from flowlab.core.views.request import Plan, PlanOptions
from tests.helpers.noise_models import NOISE, TWO, exact_field, untrained

EXACT = Document(
    source=NOISE, target=TWO, view=View(name="samplers", shows="exact", particles=2000)
)
LEARNED = Document(
    source=NOISE,
    target=TWO,
    network=Network(width=8, depth=1),
    view=View(name="samplers", particles=60),
)


def with_settings(document: Document, **settings: Any) -> Document:
    return replace(document, diffusion=Diffusion(**settings))


def planned(document: Document, **options: Any) -> Bundle:
    exact = document.view.shows == "exact"
    field = exact_field(document) if exact else untrained(document)
    return denoising(document, field, PlanOptions(**options))


def extra(bundle: Bundle) -> Denoising:
    known = denoising_of(bundle)
    assert known is not None
    return known


@pytest.mark.parametrize(
    "settings",
    [
        {"first": DDPM, "second": SDE, "third": ODE},
        {"first": IADB, "second": DDPM, "third": SDE, "kind": "ve"},
        {"first": DDIM, "second": NONE, "third": SDE, "standardise": False, "eta": 0.5},
    ],
)
def test_every_sampler_has_its_marginals_at_every_t(settings: dict[str, Any]) -> None:
    known = extra(planned(with_settings(EXACT, steps=150, **settings)))
    assert known.schedule.left < 0.03
    for pane in known.panes:
        assert pane.marginals is not None
        for t in (0.3, 0.7, 1.0):
            meter = pane.marginals.meter([pane.bundle.at(t)], t)
            assert meter.values[0] is not None
            assert not meter.is_off(meter.values[0]), (pane.kind, t)


def test_the_text_s_step_and_a_schedule_too_short_are_off() -> None:
    settings = {"first": TEXT, "second": DDPM, "third": NONE, "T": 100, "steps": 100}
    known = extra(planned(with_settings(EXACT, **settings)))
    assert known.schedule.left > 0.5
    text, ddpm = known.panes
    for pane, t in ((text, 1.0), (ddpm, 0.0)):
        assert pane.marginals is not None
        meter = pane.marginals.meter([pane.bundle.at(t)], t)
        assert meter.values[0] is not None
        assert meter.is_off(meter.values[0])


def test_all_begin_at_the_same_points_and_a_coarse_answer_at_the_first_of_them() -> None:
    document = with_settings(LEARNED, steps=5, third=IADB)
    bundle = planned(document)
    panes, few = extra(bundle).panes, extra(planned(document, coarse=True, few=9)).panes
    assert [pane.kind for pane in panes] == [DDPM, DDIM, IADB]
    for pane, first in zip(panes, few, strict=True):
        np.testing.assert_allclose(pane.bundle.points[0], panes[0].bundle.points[0], atol=1e-2)
        np.testing.assert_allclose(pane.bundle.points[:, :9], first.bundle.points, atol=1e-5)
        assert first.marginals is None
    again = extra(planned(document)).panes
    np.testing.assert_array_equal(panes[0].bundle.points, again[0].bundle.points)


def test_another_eta_leaves_the_other_paths_as_they_are() -> None:
    field, document = untrained(LEARNED), with_settings(LEARNED, steps=5)
    one = extra(denoising(document, field, PlanOptions())).panes
    two = extra(denoising(with_settings(LEARNED, steps=5, eta=0.7), field, PlanOptions())).panes
    assert one[0].bundle.points is two[0].bundle.points
    assert not np.array_equal(one[1].bundle.points, two[1].bundle.points)


def test_iadb_and_ddim_lie_upon_each_other() -> None:
    settings = {"first": ODE, "second": NONE, "third": NONE, "iadb_is_ddim": True, "steps": 12}
    ode, pane = extra(planned(with_settings(LEARNED, **settings))).panes
    twin = twin_of(pane.bundle)
    assert twin is not None
    assert pane.kind == TWIN
    assert twin.apart < 1e-5
    assert not np.allclose(twin.bundle.points[6], ode.bundle.points[6], atol=1e-2)


def test_paths_of_many_steps_are_drawn_at_some_of_their_times() -> None:
    bundle = planned(with_settings(LEARNED, steps=1000, second=NONE, third=NONE))
    assert bundle.evaluations == 1000
    np.testing.assert_allclose(bundle.times, np.linspace(0, 1, 101), atol=1e-6)


def test_what_cannot_be_had_is_refused_in_a_sentence() -> None:
    learned = replace(LEARNED, network=replace(LEARNED.network, conditional=True))
    known = extra(planned(with_settings(learned, steps=3, variance="optimal")))
    assert [kind for kind, _ in known.refused] == [DDPM]
    assert "optimal variance" in known.refused[0][1]
    alone = planned(with_settings(learned, variance="optimal", second=NONE, third=NONE))
    assert alone.count == 0
    assert len(alone.target) > 0
    assert [kind for kind, _ in extra(alone).refused] == [DDPM]


@pytest.mark.parametrize("changed", [{"source": Disc()}, {"coupling": Coupling(kind="ot")}])
@pytest.mark.parametrize("plan", [denoising, noising, time_plane])
def test_where_the_source_is_no_noise_every_view_says_so(
    plan: Plan, changed: dict[str, Any]
) -> None:
    bundle = plan(replace(LEARNED, **changed), exact_field(Document()), PlanOptions(revision=3))
    known = denoising_of(bundle)
    assert isinstance(bundle, Bundle)
    assert known is not None
    assert bundle.revision == 3
    assert known.refused
    assert all("choose" in why for _, why in known.refused)


def test_a_network_of_classes_is_told_those_of_its_target() -> None:
    document = replace(
        LEARNED, target=Ring(count=4), network=replace(LEARNED.network, conditional=True)
    )
    bundle = planned(with_settings(document, steps=3))
    assert bundle.labels is not None
    assert set(bundle.classes) == set(range(4))


def test_settings_belong_to_the_samplers_that_read_them() -> None:
    settings = Diffusion(kind="ve", clamp=True, box=2.0, corrector=2, steps=5000, T=30)
    assert sampler_for(settings, DDPM).clamp == 2.0
    assert sampler_for(settings, ODE).clamp is None
    assert sampler_for(settings, SDE).correcting == (2, 0.16)
    for process in PROCESSES:
        assert len(levels_for(settings, process).k) == 31  # all, where fewer are there than asked
    document = replace(LEARNED, diffusion=replace(settings, first=SDE, second=ODE, third=ODE))
    assert evaluations(document) == 30 * (3 + 2)


def test_a_noised_point_lies_where_its_closed_form_puts_it() -> None:
    """Standardised by the law given its data, the chain's points are standard normal."""
    document = with_settings(EXACT, T=300, steps=300, second=NONE, third=NONE)
    bundle = noising(document, exact_field(document), PlanOptions())
    strips = strips_of(bundle)
    assert strips is not None
    forward, jump = strips.forward, jump_of(strips.forward)
    assert jump is not None
    for t in (0.2, 0.6, 0.9):
        mean, root = jump.at(forward.at(1.0), t)
        z = (forward.at(t) - mean) @ np.linalg.inv(root)
        assert np.abs(z.mean(0)).max() < 4 / np.sqrt(2000)
        assert np.abs(np.cov(z.T) - np.eye(2)).max() < 5 / np.sqrt(2000)
    assert [strips.schedule.k(float(t)) for t in strips.times] == list(range(270, -1, -30))


def test_the_strips_times_are_even_from_the_data_on() -> None:
    np.testing.assert_allclose(times_of(4), (0.25, 0.5, 0.75, 1.0))


@pytest.mark.parametrize("first", [DDPM, IADB])
def test_the_density_behind_the_paths_is_that_of_the_samples(first: str) -> None:
    document = with_settings(EXACT, steps=40, first=first, second=NONE, third=NONE)
    bundle = time_plane(document, exact_field(document), PlanOptions(particles=200))
    plane = plane_of(bundle)
    assert plane is not None
    assert plane.density is not None
    marginals = plane.panes[0].marginals
    assert marginals is not None
    x = np.linspace(-6.0, 6.0, 1201)
    for t in (0.2, 0.8):
        p = plane.density.density(30.0, np.array([t]), x)[0] * (x[1] - x[0])
        along = marginals.at(t).reshape(-1, 2) @ (np.cos(np.pi / 6), np.sin(np.pi / 6))
        mean, sd = float(p @ x), float(np.sqrt(p @ x**2 - (p @ x) ** 2))
        assert p.sum() == pytest.approx(1.0, abs=1e-3)
        assert along.mean() == pytest.approx(mean, abs=5 * sd / np.sqrt(len(along)))
        assert along.std() == pytest.approx(sd, rel=5 / np.sqrt(2 * len(along)))


def test_every_preset_is_a_document_of_the_room() -> None:
    for name, made in presets().items():
        document = made.make()
        assert room_of(document.view.name).name == "diffusion", name
