"""The bundled digits: how many, how they are split, and their sizes."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.digits import SIDES, digits


def test_there_are_eight_thousand_to_learn_from_and_two_to_test_with() -> None:
    train, test = digits("train"), digits("test")
    assert (len(train), len(test)) == (8000, 2000)
    every = torch.cat([train.labels, test.labels])
    assert every.bincount().tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert train.pictures.min() == -1
    assert train.pictures.max() == 1
    own = {bytes(x) for x in ((train.pictures + 1) * 127.5).round().byte().flatten(1).numpy()}
    others = {bytes(x) for x in ((test.pictures + 1) * 127.5).round().byte().flatten(1).numpy()}
    assert len(own & others) <= 1  # hardly any digit is there twice


def test_a_class_looks_like_itself() -> None:
    """The mean of a class in one part is nearest to that of the same class in the other."""
    train, test = digits("train", 14), digits("test", 14)
    means = [
        torch.stack([part.pictures[part.labels == k].mean(0).flatten() for k in range(10)])
        for part in (train, test)
    ]
    assert torch.cdist(*means).argmin(1).tolist() == list(range(10))


@pytest.mark.parametrize("side", SIDES)
def test_each_size_keeps_what_is_lit(side: int) -> None:
    lit = (digits("test", side).pictures + 1).mean((1, 2, 3)) * side**2
    own = (digits("test").pictures + 1).mean((1, 2, 3)) * 28**2
    torch.testing.assert_close(lit, own / (4 if side < 20 else 1), rtol=1e-4, atol=1e-3)


def test_other_parts_and_sizes_are_refused() -> None:
    with pytest.raises(Invalid, match="part of the digits"):
        digits("both")
    with pytest.raises(Invalid, match="a side of 14, 16, 28 or 32"):
        digits(side=20)
