"""The maps of the likelihood: their integral, their means, their cache and their refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Points, Polygon, Ring
from flowlab.core.document.view import View
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic import likelihood as plan
from flowlab.core.stochastic.likelihood_results import (
    DIVERGENCE,
    HUTCHINSON,
    TRUE,
    LikelihoodMaps,
    likelihoods_of,
)
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.request import PlanOptions

WIDE = Gaussian(offset_x=2.0, offset_y=-1.0, scale=1.5)


class Affine:
    """X_t = (1 + t / 2) X_0 + t (2, -1), and a turn if asked: from N(0, I) to WIDE."""

    def __init__(self, turn: float = 0.0) -> None:
        self.turn, self.calls = turn, 0

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        self.calls += 1
        shift = x.new_tensor([2.0, -1.0])
        away = x - t * shift
        turned = torch.stack([-away[:, 1], away[:, 0]], 1)
        return away / (1 + t / 2) / 2 + shift + self.turn * turned


def maps(
    document: Document, field: object = None, *, coarse: bool = True, **options: object
) -> LikelihoodMaps:
    bundle = plan.likelihood(document, field or Affine(), PlanOptions(coarse=coarse, **options))  # type: ignore[arg-type]
    found = likelihoods_of(bundle)
    assert found is not None
    return found


def test_the_map_of_the_exact_flow_to_eight_gaussians_integrates_to_one() -> None:
    document = Document(target=Ring(), view=View(name="likelihood", shows="exact"))
    found = maps(document)
    assert found.exact
    assert found.integral(DIVERGENCE) == pytest.approx(1, abs=1e-2)
    assert found.integral(TRUE) == pytest.approx(1, abs=1e-3)
    high = found.logs[TRUE] > -8
    np.testing.assert_allclose(found.logs[DIVERGENCE][high], found.logs[TRUE][high], atol=0.05)


def test_without_shear_every_z_is_exact_and_all_means_are_the_true_one() -> None:
    """A turn adds to the curl alone: z^T J z doesn't see it, nor does the density."""
    found = maps(Document(target=WIDE), Affine(turn=0.7))
    np.testing.assert_allclose(found.logs[DIVERGENCE], found.logs[TRUE], atol=2e-3)
    np.testing.assert_allclose(found.logs[HUTCHINSON], found.logs[DIVERGENCE], atol=1e-5)
    assert found.spread < 1e-5
    assert found.gap is not None
    assert abs(found.gap) < 1e-3
    entropy = -(1 + math.log(2 * math.pi * 1.5**2))  # of N(m, 1.5^2 I)
    assert abs(found.means[DIVERGENCE] - entropy) < 4 * found.means[DIVERGENCE].error


def test_another_number_of_z_needs_no_new_paths_and_one_place_has_its_own_z() -> None:
    field = Affine()
    document = Document(target=Ring())
    one = maps(document, field)
    calls = field.calls
    many = maps(document.with_parts(stochastic=Stochastic(vectors=256)), field)
    assert field.calls == calls > 0
    assert (one.vectors, many.vectors) == (1, 256)
    np.testing.assert_array_equal(one.logs[DIVERGENCE], many.logs[DIVERGENCE])
    assert many.spread == pytest.approx(one.spread / 16)


def test_the_fine_answer_is_given_at_once_where_it_is_cached() -> None:
    field, document = Affine(), Document(target=WIDE, seed=3)
    assert maps(document, field).steps < maps(document, field, coarse=False).steps
    assert maps(document, field).steps == maps(document, field, coarse=False).steps


def test_a_cell_is_read_at_its_centre_and_nothing_beyond_the_grid() -> None:
    found = maps(Document(target=WIDE))
    j, i = 5, 9
    told = found.at(float(found.xs[i]), float(found.ys[j]))
    assert told is not None
    assert told[DIVERGENCE] == float(found.logs[DIVERGENCE][j, i])
    assert told["sd"] == abs(float(found.cross[j, i]))
    assert found.at(99.0, 0.0) is None


def test_samples_from_where_the_source_has_no_density_are_counted() -> None:
    square = Polygon(vertices=((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
    found = maps(Document(source=square, target=WIDE))
    assert found.missed > 0
    assert found.means[DIVERGENCE] == -math.inf


def test_a_target_without_a_density_has_no_true_map() -> None:
    cloud = Points(points=Array(np.random.default_rng(0).normal(size=(30, 2))), noise=0.0)
    found = maps(Document(target=cloud))
    assert TRUE not in found.logs
    assert found.gap is None


def test_a_source_without_a_density_is_refused_in_a_sentence() -> None:
    cloud = Points(points=Array(np.random.default_rng(0).normal(size=(30, 2))), noise=0.0)
    with pytest.raises(Invalid, match="source's density"):
        maps(Document(source=cloud))


def test_it_can_be_cancelled_and_tells_its_progress() -> None:
    with pytest.raises(Cancelled):
        maps(Document(target=WIDE, seed=11), cancelled=lambda: True)
    told: list[float] = []
    maps(Document(target=WIDE, seed=11), progress=told.append, workers=2)
    assert max(told) > 0.9


@pytest.mark.parametrize("k", [0, 1])
def test_of_a_conditional_network_the_exact_likelihood_is_that_of_one_class(k: int) -> None:
    document = Document(
        target=Ring(count=2, radius=3.0, std=1.0),
        network=Network(conditional=True, width=16, depth=2),
        view=View(name="likelihood", shows="exact", condition=k),
    )
    field = field_of(document, Trainer(document).weights())
    found = likelihoods_of(plan.likelihood(document, field, PlanOptions(coarse=True)))
    assert found is not None
    assert found.condition == k
    middle = found.at(0.0, 3.0 if k == 0 else -3.0)
    assert middle is not None
    assert middle[DIVERGENCE] == pytest.approx(-math.log(2 * math.pi), abs=0.05)
    assert found.integral(DIVERGENCE) == pytest.approx(1, abs=0.01)
