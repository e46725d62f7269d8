"""The plans of the views chain and blending."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowlab.core.blending import plans
from flowlab.core.blending.results import Chain, blends_of, chain_of, outlines_of
from flowlab.core.blending.settings import Blending
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named, preset
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Polygon
from flowlab.core.document.view import View
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.request import PlanOptions, plan_of

SMALL = Blending(steps=5, chains=40, fan=7, pairs=9)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains of 512 steps are not what is tested here."""
    monkeypatch.setattr(plans, "STUDIED", (1, 2, 4, 8))
    monkeypatch.setattr(plans, "_convergences", LruCache(3))


def document(**changes: Any) -> Document:
    return replace(preset("triangle_to_square"), blending=replace(SMALL, **changes))


def made(given: Document, name: str = "chain", **options: Any) -> Bundle:
    return plan_of(name)(given, None, PlanOptions(**options))  # type: ignore[arg-type]


def chain_in(bundle: Bundle) -> Chain:
    chain = chain_of(bundle)
    assert chain is not None
    return chain


def test_a_chain_bundle_has_all_that_is_told_of_it() -> None:
    bundle = made(document(followed=3), revision=4, step=9)
    chain = chain_in(bundle)
    assert (bundle.flows, bundle.revision, bundle.step) == (False, 4, 9)
    assert bundle.points.shape == (6, 40, 2)
    assert chain.x0.shape == chain.x1.shape == (5, 40, 2)
    assert chain.fan.shape == (6, 7, 2)
    assert chain.others.shape == (5, 200, 2, 2)
    assert chain.followed == 3
    assert len(bundle.source) == len(bundle.target) == 4000
    assert outlines_of(bundle)[0].shape[1] == 4
    assert "intersections" in chain.note
    assert bundle.exact_note.startswith("Exact")
    arrays = (bundle.points, chain.x0, chain.x1, chain.fan, chain.others, chain.tries)
    assert all(np.isfinite(array).all() for array in arrays)
    assert all(array.dtype == np.float32 for array in arrays)


def test_the_fan_starts_where_the_followed_chain_does() -> None:
    bundle = made(document(followed=3))
    fan = chain_in(bundle).fan
    assert (fan[0] == bundle.points[0, 3]).all()
    assert len(np.unique(fan[1], axis=0)) == 7
    assert chain_in(made(document(fan=0))).fan.size == 0


def test_the_other_pairs_blend_into_the_followed_beads() -> None:
    bundle = made(document(followed=3))
    others = chain_in(bundle).others
    for k, alpha in enumerate(bundle.times[:-1]):
        blends = (1 - alpha) * others[k, :, 0] + alpha * others[k, :, 1]
        np.testing.assert_allclose(blends, np.tile(bundle.points[k, 3], (200, 1)), atol=1e-5)
        assert len(np.unique(others[k, :, 1], axis=0)) == 200


def test_the_exact_path_starts_where_the_chains_do() -> None:
    for followed in (3, 90):  # the exact flow carries the first 64 starts, or that one alone
        bundle = made(document(followed=followed, chains=100))
        exact = bundle.exact
        assert exact is not None
        start = bundle.points[0, followed]
        index = followed if followed < exact.points.shape[1] else 0
        np.testing.assert_allclose(exact.points[0, index], start, atol=1e-6)
    assert exact.points.shape[1] == 1


def test_redrawing_changes_the_pairs_and_not_the_starts() -> None:
    one, other = made(document()), made(document(redraw=1))
    np.testing.assert_array_equal(one.points[0], other.points[0])
    assert (one.points[1:] != other.points[1:]).all(2).all()
    assert (chain_in(one).fan[1] != chain_in(other).fan[1]).any()


def test_the_same_document_gives_the_same_bundle_and_another_seed_another() -> None:
    one, same, other = made(document()), made(document()), made(replace(document(), seed=1))
    np.testing.assert_array_equal(one.points, same.points)
    np.testing.assert_array_equal(chain_in(one).others, chain_in(same).others)
    np.testing.assert_array_equal(chain_in(one).fan, chain_in(same).fan)
    assert (one.points[0] != other.points[0]).any()


def test_more_chains_keep_the_starts_of_the_fewer() -> None:
    few, many = made(document()), made(document(chains=60))
    np.testing.assert_array_equal(few.points[0], many.points[0, :40])


def test_a_list_of_alphas_is_followed() -> None:
    bundle = made(document(alphas=(0.0, 0.2, 0.25, 1.0)))
    np.testing.assert_allclose(bundle.times, (0.0, 0.2, 0.25, 1.0))
    assert bundle.points.shape[0] == 4


@pytest.mark.parametrize("ends", [("gaussian", "moons"), ("gaussian", "mixture")])
def test_other_shapes_have_chains_too(ends: tuple[str, str]) -> None:
    given = Document(source=named(ends[0]), target=named(ends[1]), blending=SMALL)
    bundle = made(given)
    assert np.isfinite(bundle.points).all()
    assert outlines_of(bundle) == ()
    assert bundle.exact is not None


def test_convergence_is_studied_once_for_two_shapes_and_a_seed(monkeypatch) -> None:
    studied = chain_in(made(document())).convergence
    assert studied is not None
    np.testing.assert_array_equal(studied.steps, (1, 2, 4, 8))
    assert np.isfinite([studied.distance, studied.error, studied.variation]).all()
    assert studied.note
    monkeypatch.setattr(plans, "converge", None)  # would not be found
    changes: list[dict[str, Any]] = [{"redraw": 5}, {"steps": 9, "fan": 3}, {"deblend": "cheaper"}]
    for change in changes:
        assert chain_in(made(document(**change))).convergence is studied


def test_a_coarse_answer_has_fewer_chains_and_studies_nothing() -> None:
    assert plans.is_new(document())
    bundle = made(document(chains=3000), coarse=True)
    assert bundle.points.shape[1] == 1000
    assert chain_in(bundle).convergence is None
    made(document(chains=3000))
    assert not plans.is_new(document())
    assert chain_in(made(document(), coarse=True)).convergence is not None  # known by now


def test_rejection_reports_its_tries_and_who_gave_up() -> None:
    chain = chain_in(made(document(steps=10, deblend="rejection")))
    assert chain.tries[0] == 1
    assert chain.tries[1] > 5
    assert chain.unfinished == 0
    assert "rejection" in chain.note
    assert chain.others.shape[1] == 200


def test_what_is_no_longer_wanted_is_stopped() -> None:
    for how in ("exact", "rejection"):
        with pytest.raises(Cancelled):
            made(document(deblend=how), cancelled=lambda: True)


def test_too_many_beads_are_refused_in_words() -> None:
    with pytest.raises(Invalid, match="fewer chains or fewer steps"):
        made(document(chains=20_000, steps=512))


def test_shapes_that_are_none_are_refused_in_words() -> None:
    crossed = Polygon(vertices=((0, 0), (2, 2), (2, 0), (0, 2)))
    for name in ("chain", "blending"):
        with pytest.raises(Invalid, match="crosses"):
            made(replace(document(), target=crossed), name)


def test_a_blend_is_of_independent_pairs_on_straight_lines() -> None:
    given = replace(document(pairs=11), view=View(particles=3000))
    bundle = made(given, "blending", revision=2)
    assert blends_of(bundle) is not None
    assert bundle.revision == 2
    np.testing.assert_array_equal(bundle.times, (0, 1))
    assert bundle.points.shape == (2, 3000, 2)
    assert bundle.pairs.shape == (11, 4)
    np.testing.assert_array_equal(bundle.pairs[:, 2:], bundle.points[1, :11])
    np.testing.assert_allclose(bundle.at(0.25), 0.75 * bundle.points[0] + 0.25 * bundle.points[1])
    across = np.corrcoef(np.concatenate(list(bundle.points), 1).T)[:2, 2:]
    assert np.abs(across).max() < 4.5 / 3000**0.5
    assert made(given, "blending", coarse=True).points.shape == (2, 1000, 2)
