"""Samples between walls, as scripts take them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.metrics.distances import sliced_w2
from flowlab.core.reflected.script import STEPS, sample_between
from flowlab.core.reflected.settings import WALL_METHODS, Reflected

DOCUMENT = Document(target=named("two_moons"), reflected=Reflected(walls="disc", width=8.0))


@pytest.mark.parametrize("method", WALL_METHODS)
def test_every_method_reaches_the_target(method: str) -> None:
    bundle = sample_between(DOCUMENT, 1500, method, 40, 0)
    assert bundle.evaluations == {"predictor_corrector": 80}.get(method, 40)
    x = torch.from_numpy(np.array(bundle.points[-1]))
    fresh = [flowlab.distribution("two_moons").sample(1500) for _ in range(2)]
    assert sliced_w2(x, fresh[0]) < 2 * sliced_w2(*fresh) + 0.03
    assert STEPS.keys() == WALL_METHODS.keys()


def test_a_script_samples_by_its_names() -> None:
    exact = flowlab.oracle(DOCUMENT)
    first = flowlab.sample(exact, 40, method="pf_ode", steps=20)
    again = flowlab.sample(exact, 40, method="pf_ode", steps=20)
    assert np.array_equal(first.points, again.points)
    other = flowlab.sample(exact, 40, method="pf_ode", steps=20, seed=1)
    assert not np.array_equal(first.points, other.points)
    of_class = flowlab.sample(exact, 200, method="reflected_euler", steps=20, condition=1)
    assert len(of_class.points) == 21


def test_what_can_t_be_is_refused_in_a_sentence() -> None:
    exact = flowlab.oracle(DOCUMENT)
    with pytest.raises(Invalid, match="forward"):
        flowlab.sample(exact, 10, method="pf_ode", direction="reverse")
    with pytest.raises(Invalid, match="one of the target's"):
        flowlab.sample(exact, 10, method="pf_ode", condition=9)
    with pytest.raises(Invalid, match="did you mean 'reflected_euler'"):
        flowlab.sample(exact, 10, method="reflected euler")
    wide = Document(target=named("two_moons"), reflected=Reflected(width=2.0))
    with pytest.raises(Invalid, match="outside the walls"):
        flowlab.sample(flowlab.oracle(wide), 10, method="pf_ode")
