"""Pictures side by side: where each lies, and what becomes of its values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.grid import GAP, as_bytes, tiled


def test_values_become_colours_and_what_is_beyond_is_cut() -> None:
    x = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0, float("nan")]).reshape(1, 1, 2, 3)
    found = as_bytes(x)
    assert found.shape == (1, 2, 3, 3)
    assert found[0, :, :, 0].tolist() == [[0, 0, 128], [255, 255, 128]]
    unit = as_bytes(torch.tensor([0.0, 0.5, 1.0]).reshape(1, 3, 1, 1), (0.0, 1.0))
    assert unit.flatten().tolist() == [0, 128, 255]
    with pytest.raises(Invalid, match="1 channel or 3"):
        as_bytes(torch.zeros(1, 2, 4, 4))


def test_each_picture_lies_in_its_place() -> None:
    colours = np.zeros((5, 2, 3, 3), np.uint8) + np.arange(5, dtype=np.uint8)[:, None, None, None]
    sheet = tiled(colours, scale=2)
    assert sheet.shape == (2 * (4 + GAP) + GAP, 3 * (6 + GAP) + GAP, 3)
    assert [sheet[GAP, GAP + k * (6 + GAP), 0] for k in range(3)] == [0, 1, 2]
    assert sheet[GAP + 4 + GAP, GAP + 6 + GAP, 0] == 4
    assert sheet[0, 0, 0] == 40
    assert tiled(colours, columns=5).shape[0] == 2 + 2 * GAP
    with pytest.raises(Invalid, match="number of pictures"):
        tiled(colours[:0])
