"""Questions about a place, answered with the weights that are seen and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.solver import Solver
from flowlab.core.exact.factory import oracle_for
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.query import Probe
from flowlab.work.latest_request import Superseded
from flowlab.work.looking import follow, look
from flowlab.work.model import Model
from flowlab.work.queries import Known

DOCUMENT = Document(
    target=Gaussian(std_x=0.5, offset_x=2.0),
    network=Network(width=16, depth=2),
    solver=Solver(method="rk4", steps=8, direction="reverse"),
)
POINTS = np.array([[0.0, 0.5], [-1.0, 0.2]])
LENS = LensQuery(0.6, 0.1, 0.5, 0.3)


@pytest.fixture(scope="module")
def known() -> Known:
    trainer = Trainer(DOCUMENT)
    old = Model(DOCUMENT, trainer.weights())
    trainer.advance(40)
    return Known(DOCUMENT, old, Model(DOCUMENT, trainer.weights()))


def never() -> bool:
    return False


def ignored(_share: float) -> None: ...


@pytest.mark.parametrize(("from_time", "start"), [(0, 0), (1, -1)])
def test_a_path_follows_the_weights_seen_from_the_end_that_is_asked_for(
    known: Known, from_time: int, start: int
) -> None:
    """Whatever way the document's own solver goes."""
    found = follow(known, Probe(POINTS, from_time), never, ignored)
    assert known.seen is not None
    assert known.model is not None
    assert found.step == known.seen.weights.step == 40
    np.testing.assert_allclose(found.points[start], POINTS, atol=1e-6)
    assert len(found.times) == 9
    x, field = torch.tensor(POINTS, dtype=torch.float32), known.seen.field
    sign, n = (1, 800) if from_time == 0 else (-1, 800)
    for k in range(n):  # the midpoint rule, a hundred times as fine
        t = k / n if from_time == 0 else 1 - k / n
        half = x + sign / (2 * n) * field.velocity(x, t)
        x = x + sign / n * field.velocity(half, t + sign / (2 * n))
    np.testing.assert_allclose(found.points[-1 - start], x, atol=2e-3)
    other = follow(replace(known, seen=known.model), Probe(POINTS, from_time), never, ignored)
    assert other.step == 0
    assert not np.allclose(other.points[-1 - start], found.points[-1 - start], atol=1e-2)


def test_a_lens_shows_the_learned_arrow_of_the_weights_seen_beside_the_exact_one(
    known: Known,
) -> None:
    found = look(known, LENS, never, ignored)
    assert known.seen is not None
    assert (found.query, found.step) == (LENS, 40)
    x = torch.tensor([[LENS.x, LENS.y]])
    np.testing.assert_allclose(found.learned, known.seen.field.velocity(x, LENS.t)[0], atol=1e-5)
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    np.testing.assert_allclose(found.exact, oracle.velocity(x, LENS.t)[0], atol=1e-5)


def test_the_distributions_are_the_models_own(known: Known) -> None:
    """The document has moved on; the network seen has not."""
    later = replace(DOCUMENT, target=Gaussian(offset_x=-5.0))
    before, after = (look(k, LENS, never, ignored) for k in (known, replace(known, document=later)))
    np.testing.assert_array_equal(before.exact, after.exact)


def test_without_weights_there_is_no_answer(known: Known) -> None:
    for lacking in (replace(known, seen=None), replace(known, document=None)):
        with pytest.raises(Superseded):
            follow(lacking, Probe(POINTS), never, ignored)
        with pytest.raises(Superseded):
            look(lacking, LENS, never, ignored)


def test_a_path_is_given_up_when_told(known: Known) -> None:
    with pytest.raises(Cancelled):
        follow(known, Probe(POINTS), lambda: True, ignored)
