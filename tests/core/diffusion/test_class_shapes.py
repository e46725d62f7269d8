"""Classes that no setting describes: their fields add up to that of all."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.class_shapes import class_document, class_shape, is_bare_curve
from flowlab.core.diffusion.exact_classifier import exact_classifier
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Moons, Pinwheel, Ring, Shape
from flowlab.core.exact import oracle_for
from flowlab.core.learning.conditioning import shape_of_class


@pytest.mark.parametrize("shape", [Moons(noise=0.1), Pinwheel(count=3)])
def test_the_densities_of_all_classes_add_up_to_that_of_the_target(shape: Shape) -> None:
    document = Document(target=shape)
    whole = oracle_for(document)
    assert whole is not None
    x = 1.5 * torch.randn(300, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    joint = exact_classifier(document).log_joint(x, 0.5).logsumexp(1).exp()
    density = whole.log_density(x, 0.5).exp()
    assert float((joint - density).abs().max()) < 0.03 * float(density.max())


def test_what_a_setting_describes_is_taken_from_it() -> None:
    assert class_shape(Ring(), 3) == shape_of_class(Ring(), 3)
    assert class_shape(Moons(), 2) is None
    assert class_document(Document(target=Moons()), 2) is None
    assert [is_bare_curve(Moons(noise=noise)) for noise in (0.0, 0.1)] == [True, False]
    assert not is_bare_curve(Ring())
