"""The bound of a document's model: its gap for N(0, I), both forms, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.chain import Chain
from flowlab.core.diffusion.elbo import best_variances
from flowlab.core.diffusion.elbo_results import ElboForms, forms_of
from flowlab.core.diffusion.levels import alpha_bars
from flowlab.core.diffusion.likelihood_bound import is_new, likelihood_bound
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Points
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions

NORMAL = Document(
    source=Gaussian(std_x=1.0, std_y=1.0),
    target=Gaussian(std_x=1.0, std_y=1.0),
    view=View(name="elbo", shows="exact"),
    diffusion=Diffusion(T=300, bound_points=500, standardise=False),
)


def bound(document: Document, **options: object) -> ElboForms:
    oracle = oracle_for(document)
    assert oracle is not None
    forms = forms_of(likelihood_bound(document, oracle, PlanOptions(**options)))  # type: ignore[arg-type]
    assert forms is not None
    return forms


def test_the_gap_of_a_normal_law_is_that_of_the_text() -> None:
    """.741 nats a dimension at T = 300; both forms have the same mean, within their errors."""
    told: list[float] = []
    forms = bound(NORMAL, progress=told.append)
    gap = forms.gap_per_dimension
    assert gap is not None
    assert abs(gap - 0.741) < 4 * gap.error < 0.4
    assert forms.second.exact == pytest.approx(math.log(2 * math.pi) + 1, abs=0.2)
    assert forms.first is not None
    apart = forms.first.total - forms.second.total
    assert abs(apart) < 4 * math.hypot(forms.first.total.error, forms.second.total.error)
    assert forms.first.total_deviation > 5 * forms.second.total_deviation
    parts = forms.second.reconstruction + forms.second.matched + forms.second.prior
    assert parts == pytest.approx(forms.second.total, abs=1e-9)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert not is_new(NORMAL)
    assert bound(NORMAL) is forms


def test_beta_leaves_next_to_no_gap() -> None:
    settings = replace(NORMAL.diffusion, variance="beta", T=100)
    gap = bound(replace(NORMAL, diffusion=settings)).gap_per_dimension
    assert gap is not None
    assert abs(gap) < 4 * gap.error < 0.3


def test_the_best_variances_of_a_normal_law_are_known() -> None:
    """sigma-tilde^2 + (sqrt(abar') beta / (1 - abar))^2 (1 - abar) = beta where Var x1 = 1."""
    chain = Chain(alpha_bars("linear", 40)[1:])

    def predict(x: torch.Tensor, k: int) -> torch.Tensor:
        return (1 - chain.abar[k - 1]).sqrt() * x

    x1 = torch.randn(4000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = best_variances(predict, chain, x1)
    np.testing.assert_allclose(found / chain.beta, 1.0, atol=4 * math.sqrt(1 / 4000))


def test_a_quick_answer_has_few_points_and_one_form() -> None:
    settings = replace(NORMAL.diffusion, T=20, bound_points=100)
    document = replace(NORMAL, diffusion=settings)
    assert is_new(document)
    quick = bound(document, coarse=True)
    assert (quick.points, quick.first) == (64, None)
    assert bound(document).points == 100
    assert bound(document, coarse=True).points == 100  # known by now


def test_what_cannot_be_had_is_refused_or_blank() -> None:
    settings = replace(NORMAL.diffusion, T=20, bound_points=16)
    exploding = replace(NORMAL, diffusion=replace(settings, kind="ve"))
    with pytest.raises(Invalid, match="variance preserving"):
        bound(exploding)
    with pytest.raises(Invalid, match="one Gaussian"):
        bound(replace(NORMAL, source=named("eight_gaussians")))
    with pytest.raises(Cancelled):
        bound(replace(NORMAL, diffusion=settings), cancelled=lambda: True)
    points = Points(points=np.random.default_rng(0).normal(size=(40, 2)), noise=0.0)
    bare = bound(replace(NORMAL, target=points, diffusion=settings))
    assert bare.second.exact is bare.gap_per_dimension is None
    assert "not known" in bare.why_unknown
