"""Few training points are given back; of many, samples are as far as fresh ones."""

from __future__ import annotations

import numpy as np
import pytest

import flowlab
from flowlab.core.diffusion.memorisation import empirical_oracle, memorised, on_few_points
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Points
from tests.helpers.noise_models import TWO

DOCUMENT = Document(target=TWO)


def points_of(document: Document) -> np.ndarray:
    assert isinstance(document.target, Points)
    return np.asarray(document.target.points.values)


def test_fewer_points_are_the_first_of_more() -> None:
    few, more = (on_few_points(DOCUMENT, n) for n in (16, 300))
    np.testing.assert_array_equal(points_of(few), points_of(more)[:16])
    assert isinstance(few.target, Points)
    assert few.target.labels is not None
    assert few.target.noise == 0
    assert on_few_points(Document(target=Gaussian()), 16).target.labels is None  # type: ignore[union-attr]
    assert on_few_points(Document(target=named("checkerboard")), 16).source == DOCUMENT.source
    with pytest.raises(Invalid, match="from 16 to 16,000"):
        on_few_points(DOCUMENT, 8)


def test_the_empirical_field_gives_few_points_back() -> None:
    found = {}
    for count, steps in ((16, 250), (4000, 25)):
        exact = empirical_oracle(DOCUMENT, count)
        bundle = flowlab.sample(exact, 300, method="ddim", steps=steps)
        found[count] = memorised(bundle.points[-1], DOCUMENT, count)
    assert found[16].copied > 0.9
    assert found[16].copied_fresh < 0.3
    assert np.median(found[16].generated) < 0.01 * np.median(found[16].fresh)
    assert np.median(found[4000].fresh) < 0.2 * np.median(found[16].fresh)
    assert found[16].ratio < 0.01 < 0.5 < found[4000].ratio


def test_fresh_samples_are_no_copies() -> None:
    fresh = flowlab.distribution(TWO).sample(1000)
    made = memorised(fresh, DOCUMENT, 1000)
    assert made.ratio == pytest.approx(1.0, abs=0.15)
    assert made.copied == pytest.approx(made.copied_fresh, abs=0.05)
    assert made.count == 1000
    assert memorised(points_of(on_few_points(DOCUMENT, 50)), DOCUMENT, 50).ratio == 0.0
