"""What pictures begin with: the same samples for the same seed, of the right end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Drawing, Mixture, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import (
    CLOUD,
    COARSE,
    beginning,
    cloud,
    ends_alone,
    ends_of,
    start_of,
)

DOCUMENT = Document(
    source=Disc(radius=1.0), target=Ring(count=4, radius=9.0), view=View(particles=3000), seed=3
)
REVERSE = replace(DOCUMENT, solver=Solver(direction="reverse"))


def test_clouds_are_of_their_ends() -> None:
    ends = ends_of(DOCUMENT, PlanOptions(revision=5, step=11))
    assert (ends["revision"], ends["step"]) == (5, 11)
    assert ends["source"].shape == ends["target"].shape == (CLOUD, 2)
    radius = np.linalg.norm(ends["source"], axis=1)
    assert radius.max() <= 1 + 1e-6
    assert np.mean(radius**2) == pytest.approx(0.5, abs=4 * 0.29 / np.sqrt(CLOUD))
    assert np.linalg.norm(ends["target"], axis=1).min() > 4


def test_a_cloud_is_the_same_for_the_same_seed_and_stream() -> None:
    one = cloud(DOCUMENT.source, 1, Stream.SOURCE_CLOUD)
    assert cloud(Disc(radius=1.0), 1, Stream.SOURCE_CLOUD) is one
    assert not np.array_equal(cloud(DOCUMENT.source, 2, Stream.SOURCE_CLOUD), one)
    assert not np.array_equal(cloud(DOCUMENT.source, 1, Stream.TARGET_CLOUD), one)
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 0


def test_particles_begin_where_the_solver_does() -> None:
    assert beginning(DOCUMENT) is DOCUMENT.source
    assert beginning(REVERSE) is REVERSE.target
    x, labels = start_of(DOCUMENT, PlanOptions())
    assert labels is None
    assert float(x.norm(dim=1).max()) <= 1 + 1e-6
    x, labels = start_of(REVERSE, PlanOptions())
    assert labels is not None
    assert sorted(set(labels.tolist())) == [0, 1, 2, 3]
    angle = np.degrees(np.arctan2(*x.numpy().T[::-1]))
    for k in range(4):  # all of a class lie about one mode
        mine = angle[labels == k]
        assert np.ptp(np.unwrap(np.sort(mine), period=360)) < 90 or np.ptp(mine % 360) < 90


@pytest.mark.parametrize("document", [DOCUMENT, REVERSE], ids=["forward", "reverse"])
def test_the_coarse_particles_are_the_first_of_all(document: Document) -> None:
    x, labels = start_of(document, PlanOptions())
    few, some = start_of(document, PlanOptions(coarse=True))
    assert (len(x), len(few)) == (3000, COARSE)
    assert bool((few == x[:COARSE]).all())
    if labels is not None:
        assert some is not None
        np.testing.assert_array_equal(some, labels[:COARSE])


def test_the_options_may_ask_for_fewer() -> None:
    assert len(start_of(DOCUMENT, PlanOptions(particles=12))[0]) == 12
    assert len(start_of(DOCUMENT, PlanOptions(particles=12, coarse=True))[0]) == 12


def test_a_conditional_flow_goes_to_classes_in_proportion_to_their_mass() -> None:
    target = Mixture(
        means=((-3.0, 0.0), (3.0, 0.0)), covs=((0.1, 0.0, 0.1),) * 2, weights=(1.0, 3.0)
    )
    document = Document(target=target, network=Network(conditional=True), view=View(particles=8000))
    _, labels = start_of(document, PlanOptions(), conditional=True)
    assert labels is not None
    assert np.mean(labels) == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 8000))
    same_x, _ = start_of(document, PlanOptions())
    assert bool((start_of(document, PlanOptions(), conditional=True)[0] == same_x).all())


def test_both_ends_alone_have_no_particles() -> None:
    found = ends_alone(DOCUMENT, 4)
    assert (found.count, found.revision) == (0, 4)
    np.testing.assert_array_equal(found.source, ends_of(DOCUMENT, PlanOptions())["source"])
    with pytest.raises(Invalid, match="empty"):
        ends_alone(Document(target=Drawing()))
