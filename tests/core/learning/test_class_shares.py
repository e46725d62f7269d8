"""Shares of classes, against samples."""

from __future__ import annotations

import math

import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    Drawing,
    Gaussian,
    Mixture,
    Moons,
    Pinwheel,
    Points,
    Ring,
    Rings,
    Shape,
    Smiley,
    Stroke,
    Text,
)
from flowlab.core.learning.class_shares import shares_of

CLOUD = Points(points=Array([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]), labels=Array([1.0, 3.0, 3.0]))
DRAWN = Drawing(
    strokes=(
        Stroke(path=Array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]), size=0.3),
        Stroke(path=Array([[-1.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), size=0.5, label=1),
    )
)
WEIGHTED = Mixture(
    means=((0.0, 0.0), (9.0, 9.0), (3.0, 0.0)), covs=((0.1, 0.0, 0.1),) * 3, weights=(3.0, 0.0, 1.0)
)


@pytest.mark.parametrize(
    "shape",
    [
        WEIGHTED,
        Ring(),
        CLOUD,
        Text(text="Hi"),
        DRAWN,
        Moons(),
        Rings(count=3),
        Pinwheel(),
        Smiley(),
    ],
)
def test_they_are_those_of_samples(shape: Shape) -> None:
    n, shares = 20_000, shares_of(shape)
    assert sum(shares.values()) == pytest.approx(1.0)
    labels = build(shape).sample_labelled(n, torch.Generator().manual_seed(0))[1]
    assert labels is not None
    assert tuple(torch.unique(labels).tolist()) == tuple(shares)
    for k, share in shares.items():
        error = math.sqrt(share * (1 - share) / n)
        assert float((labels == k).double().mean()) == pytest.approx(share, abs=4 * error)


def test_where_they_are_not_known_it_is_said() -> None:
    with pytest.raises(Invalid, match="isn't known in closed form"):
        shares_of(Gaussian())
