"""The learned score beside the exact one, and particles that it carries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics.distances import energy_distance, sliced_w2
from flowlab.core.reflected.learned_maps import is_new, on_walls, wall_score
from flowlab.core.reflected.results import guided_of, sampling_of, slow_steps_of
from flowlab.core.reflected.score_results import score_maps_of
from flowlab.core.reflected.scores import learned_shown, score_shown
from flowlab.core.reflected.script import sample_between
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of
from tests.helpers.learned_score import learns_score, trained


def planned(document: flowlab.Document, field: Any) -> Bundle:
    bundle = plan_of(document.view.name)(document, field, PlanOptions())
    assert isinstance(bundle, Bundle)
    return bundle


def test_the_error_falls_with_training_and_is_that_of_the_maps() -> None:
    document = learns_score()
    early, late = (score_maps_of(planned(document, trained(document, n))) for n in (8, 900))
    assert early is not None
    assert late is not None
    assert late.error[6:].mean() < 0.6 * early.error[6:].mean()
    assert late.error[8] < 0.5 * late.size[8]
    np.testing.assert_allclose(early.size, late.size)
    assert late.bounded.greatest.max() < 1e-6 < late.free.mean.max()
    assert late.maps["exact"].shape == (17, len(late.ys), len(late.xs))
    settings, size = document.reflected, 8.0
    sigmas = np.sqrt(total_variance(settings, size, 1 - late.times))
    np.testing.assert_allclose(late.sigmas, sigmas, rtol=1e-6)
    assert late.at(0.51) == 8
    assert late.compact() is late
    assert late.nbytes == sum(each.nbytes for each in late.maps.values())
    assert score_maps_of(None) is None


def test_a_network_that_learned_something_else_is_refused_with_what_to_do() -> None:
    document = replace(learns_score(), network=Network(width=8, depth=1))
    field = field_of(document, Trainer(document).weights())
    with pytest.raises(Invalid, match="choose “Score between walls”"):
        wall_score(document, field, PlanOptions())


@pytest.mark.parametrize("view", ["reflected_sampling", "guidance_in_walls", "step_in_walls"])
def test_views_are_by_the_learned_score_unless_the_exact_one_is_asked_for(view: str) -> None:
    document = learns_score(view=view)
    field = trained(document)
    exact = replace(document, view=replace(document.view, shows="exact"))
    plain = replace(document, network=Network(width=8, depth=1))
    velocity = field_of(plain, Trainer(plain).weights())
    bundles = planned(document, field), planned(exact, field), planned(plain, velocity)
    said = [cast(Any, sampling_of(b) or guided_of(b) or slow_steps_of(b)).exact for b in bundles]
    assert said == [False, True, True]
    assert not np.array_equal(bundles[0].points, bundles[1].points)
    np.testing.assert_array_equal(bundles[1].points, bundles[2].points)


def test_classes_need_a_network_that_was_told_them() -> None:
    document = learns_score(view="guidance_in_walls", one_class=True, guidance=2.0)
    told = learns_score(view="guidance_in_walls", conditional=True, one_class=True, guidance=2.0)
    assert learned_shown(document, trained(document), 0) is None
    network = learned_shown(told, trained(told), 0)
    assert network is not None
    x = np.zeros((4, 2))
    first, every = score_shown(told, network, 10, 0), score_shown(told, network, 10)
    assert not np.allclose(first(x, 8), every(x, 8))
    guided = guided_of(planned(told, trained(told)))
    assert guided is not None
    assert not guided.exact


def test_a_learned_score_carries_particles_to_the_data() -> None:
    """To 1.5 times what fresh samples have, in the mean of several; see also the bench."""
    document = replace(learns_score(), network=Network(predicts="score_between_walls"))
    field = trained(document, 2500)
    bundle = sample_between(document, 3000, "reflected_euler", 200, 0, learned=field)
    x = torch.from_numpy(np.array(bundle.points[-1]))
    fresh = [flowlab.distribution("checkerboard").sample(3000) for _ in range(6)]
    for distance in (sliced_w2, energy_distance):
        floor = np.mean([distance(a, b) for a, b in zip(fresh[:3], fresh[3:], strict=True)])
        assert np.mean([distance(x, y) for y in fresh]) < 1.6 * floor


def test_a_run_is_sampled_by_its_own_score() -> None:
    run = flowlab.train(learns_score(), steps=40)
    learned = flowlab.sample(run, 50, method="reflected_euler", steps=20)
    exact = flowlab.sample(flowlab.oracle(run.document), 50, method="reflected_euler", steps=20)
    assert not np.array_equal(learned.points, exact.points)
    with pytest.raises(Invalid, match="all classes together"):
        flowlab.sample(run, 50, method="reflected_euler", steps=20, condition=0)


def test_places_on_walls_are_on_them_and_evenly_spread() -> None:
    domain = trained(learns_score("gaussian", walls="drawn", clip=True), 64).domain
    x, normal = on_walls(domain)
    assert np.abs(domain.nearest(x).distance).max() < 1e-9 * domain.size
    np.testing.assert_allclose(np.hypot(*normal.T), 1.0)


def test_a_first_answer_is_rough_until_the_exact_score_is_known() -> None:
    document = learns_score(sigma_max=1.3)
    field = trained(document)
    assert is_new(document)
    quick = PlanOptions(coarse=True)
    first = score_maps_of(plan_of("wall_score")(document, field, quick))
    whole = score_maps_of(plan_of("wall_score")(document, field, PlanOptions()))
    again = score_maps_of(plan_of("wall_score")(document, field, quick))
    assert first is not None
    assert whole is not None
    assert again is not None
    assert [maps.rough for maps in (first, whole, again)] == [True, False, False]
    assert (len(first.times), len(whole.times)) == (9, 17)
    middle = [float(np.nanmax(maps.maps["exact"][maps.at(0.5)])) for maps in (first, whole)]
    assert middle[0] == pytest.approx(middle[1], rel=0.1)
    off = [maps.bounded.mean[maps.at(0.5)] for maps in (first, whole)]
    assert off[0] == off[1]  # the network's part is the same


def test_walls_that_enclose_nothing_are_no_new_ones() -> None:
    line = (((0.0, 0.0), (1.0, 0.0), (2.0, 0.0)),)
    assert not is_new(learns_score(walls="drawn", outline=line))
