"""The exact classifier of noisy points, against densities written out."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.exact_classifier import class_field, class_oracle, exact_classifier
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Checkerboard, Moons
from tests.helpers.noise_models import NOISE, TWO, drawn, log_mixture_at, slope

DOCUMENT = Document(source=NOISE, target=TWO)


@pytest.mark.parametrize("t", [0.2, 0.9])
def test_it_follows_bayes_rule(t: float) -> None:
    classifier, x = exact_classifier(DOCUMENT), drawn(NOISE, 60, 1).double()
    joint = log_mixture_at(TWO, NOISE, t, 1 - t, x)
    expected = joint.log_softmax(1)
    torch.testing.assert_close(classifier.log_prob(x, t), expected, atol=1e-8, rtol=1e-8)
    for k in classifier.classes:

        def own(x: torch.Tensor, k: int = k) -> torch.Tensor:
            return log_mixture_at(TWO, NOISE, t, 1 - t, x).log_softmax(1)[:, k]

        gradient = classifier.gradient(x, t, k)
        torch.testing.assert_close(gradient, slope(own, x), atol=1e-6, rtol=1e-6)


def test_views_of_one_target_share_it() -> None:
    assert exact_classifier(DOCUMENT) is exact_classifier(
        Document(source=NOISE, target=TWO, seed=9)
    )


def test_a_class_without_mass_nearby_has_none() -> None:
    board = exact_classifier(Document(target=Checkerboard(count=2)))
    inside = torch.tensor([[-3.0, -3.0]])
    chances = board.log_prob(inside, 1.0).exp()
    assert chances.amax() == pytest.approx(1.0)
    assert int((chances > 0).sum()) == 1


def test_a_class_whose_field_isn_t_known_is_refused() -> None:
    along = Coupling(kind="ot")
    with pytest.raises(Invalid, match="No exact field is known of class 1"):
        class_oracle(Document(target=Moons(), coupling=along), 1)
    with pytest.raises(Invalid, match="no class True"):
        class_field(DOCUMENT, True)
