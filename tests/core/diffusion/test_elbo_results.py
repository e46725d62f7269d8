"""Terms of a bound in bars: their sum stays, however few bars there are."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.diffusion.elbo_results import Elbo, ElboForms, bars_of
from flowlab.core.diffusion.results import Schedule
from flowlab.core.estimates import Estimate


def terms(T: int) -> Elbo:
    step = np.arange(2.0, T + 1)
    matching = 1 / step**2
    one = Estimate(-6.0, 0.1, 50)
    return Elbo(
        reconstruction=one,
        prior=Estimate(0.01, 0.001, 50),
        step=step,
        matching=matching,
        error=0.1 * matching,
        deviation=matching,
        matched=Estimate(matching.sum(), 0.2, 50),
        total=Estimate(4.0, 0.3, 50),
        total_deviation=2.0,
        exact=None,
        gap=Estimate(0.8, 0.2, 50),
        share=1.0,
    )


@pytest.mark.parametrize(("T", "most"), [(1000, 64), (1000, 5000), (7, 3), (2, 64)])
def test_bars_add_up_to_the_terms(T: int, most: int) -> None:
    found = terms(T)
    bars = bars_of(found, most)
    assert len(bars.nats) == min(most, T - 1)
    assert bars.nats.sum() == pytest.approx(found.matching.sum(), rel=1e-12)
    assert (bars.first[0], bars.last[-1]) == (2, T)
    np.testing.assert_array_equal(bars.first[1:], bars.last[:-1] + 1)
    assert bars.each == -(-(T - 1) // min(most, T - 1))


def test_a_chain_of_one_step_has_no_bars() -> None:
    assert len(bars_of(terms(1), 10).nats) == 0
    assert bars_of(terms(1), 10).each == 1


def test_the_step_at_t_has_its_term() -> None:
    schedule = Schedule(
        T=10, steps=10, bar=0.1, left=0.1, times=(0.0, 1.0), signal=(0.0, 1.0), noise=(1.0, 0.0)
    )
    forms = ElboForms(second=terms(10), first=None, points=50, schedule=schedule, variance="beta")
    assert [forms.k(t) for t in (0.0, 0.7, 0.9, 0.97, 1.0)] == [10, 3, 1, 1, 1]
    assert forms.term(1) == -6.0
    assert forms.term(3) == pytest.approx(1 / 9)
    assert forms.term(3).error == pytest.approx(0.1 / 9)
    assert forms.gap_per_dimension == pytest.approx(0.4)
    assert forms.gap_per_dimension.error == pytest.approx(0.1)  # type: ignore[union-attr]
