"""The forward process beside the reverse one: both have the same distribution at every t."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.view import View
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.both_ways import both_ways, evaluations, forward, is_new
from flowlab.core.reflected.results import BothWays, both_ways_of, sampling_of
from flowlab.core.reflected.settings import Reflected
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions
from tests.helpers.learned_score import learns_score, trained

NOBODY = cast(Any, None)


def document(n: int = 3000, **settings: Any) -> Document:
    known = {"width": 8.0, "reverse_steps": 150} | settings
    view = View(name="forward_and_reverse", particles=n)
    return Document(target=named("checkerboard"), view=view, reflected=Reflected(**known))


@pytest.fixture(scope="module")
def both() -> BothWays:
    known = both_ways_of(both_ways(document(), NOBODY, PlanOptions()))
    assert known is not None
    return known


def test_both_have_the_same_distribution_at_every_moment(both: BothWays) -> None:
    assert [moment.t for moment in both.moments] == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=0.01)
    for moment in both.moments:
        assert moment.apart < 1.5 * moment.floor + 3 * moment.apart.error
    nearest = both.near(0.6)
    assert nearest is both.moments[2]
    ahead, back = both.panes
    np.testing.assert_array_equal(ahead.bundle.times, back.bundle.times)
    assert ahead.bundle.direction == "reverse"
    assert not np.array_equal(ahead.bundle.points[-1], back.bundle.points[-1])


def test_a_wrong_score_is_seen(both: BothWays) -> None:
    """That of an untrained network: both clouds lie far apart at the data, and not at the noise."""
    given = learns_score(view="forward_and_reverse", reverse_steps=60)
    known = both_ways_of(both_ways(given, trained(given, 1), PlanOptions(particles=5000)))
    assert known is not None
    assert not known.exact
    assert known.moments[-1].apart > 2 * known.moments[-1].floor
    assert known.moments[0].apart < 2 * known.moments[0].floor


def test_the_forward_process_has_the_variance_of_the_schedule_and_ends_uniform() -> None:
    """In a wide square, whose walls nobody meets at first, from one narrow Gaussian."""
    given = replace(document(width=40.0, reverse_steps=40), target=named("gaussian"))
    domain = walls_of(given.reflected)
    points, turned, stopped = forward(given, domain, 20_000, PlanOptions())
    assert points.shape == (41, 20_000, 2)
    variances = total_variance(given.reflected, domain.size, 1 - np.linspace(0, 1, 41))
    for k in (40, 30, 24):
        assert points[k].var() == pytest.approx(1 + variances[k], rel=0.05)
    assert 0 < turned < 1
    assert stopped == 0
    assert points[0].var() == pytest.approx(40.0**2 / 12, rel=0.03)
    twin, _, _ = forward(given, domain, 20_000, PlanOptions(), twin=1)
    assert abs(np.corrcoef(points[-1][:, 0], twin[-1][:, 0])[0, 1]) < 0.03


def test_a_first_answer_measures_nothing_and_is_rough() -> None:
    given = document(sigma_max=1.1)
    assert is_new(given)
    bundle = both_ways(given, NOBODY, PlanOptions(coarse=True))
    known = both_ways_of(bundle)
    assert known is not None
    assert known.rough
    assert known.moments == ()
    assert known.near(0.5) is None
    assert bundle.count == 250
    assert sampling_of(bundle) is None
    assert evaluations(given) == 150
    assert isinstance(known.compact(), BothWays)
    few = both_ways_of(both_ways(given, NOBODY, PlanOptions(particles=1)))
    assert few is not None
    assert few.moments == ()
    with pytest.raises(Cancelled):
        forward(given, walls_of(given.reflected), 10, PlanOptions(cancelled=lambda: True))
