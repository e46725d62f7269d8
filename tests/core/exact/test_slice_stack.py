"""Several time slices at once are what each of them is alone."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Gaussian
from flowlab.core.exact import oracle_for
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.slice_stack import SliceStack

TIMES = (0.001, 0.3, 0.5, 0.8, 0.999)
XS = torch.tensor([-7.0, -1.2, 0.1, 0.9, 2.2], dtype=torch.float64)  # the first is outside
YS = torch.tensor([-0.7, 0.4, 1.3], dtype=torch.float64)


def oracle(path: Path) -> GridOracle:
    found = oracle_for(Document(source=Gaussian(), target=Checkerboard(), path=path))
    assert isinstance(found, GridOracle)
    return found


@pytest.mark.parametrize("path", [Path(), Path(noise="brownian")])
def test_density_and_velocity_are_those_of_each_time(path: Path) -> None:
    grid = oracle(path)
    stack = SliceStack.of([grid.slice_at(t) for t in TIMES])
    density, velocity = stack.density_and_velocity(XS, YS)
    for k, t in enumerate(TIMES):
        alone, moving = grid.field(t, XS, YS)
        torch.testing.assert_close(density[k], alone, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(velocity[k], moving, atol=1e-3, rtol=1e-3, equal_nan=True)
    assert bool((density > 0).any())
    assert bool(velocity[:, :, 0].isnan().all())
    only = SliceStack.of([grid.slice_at(t, keep=False) for t in TIMES], densities=True)
    torch.testing.assert_close(only.density(XS, YS), density)


def test_an_oracle_that_remembers_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    grid, x = oracle(Path()), torch.randn(7, 2, dtype=torch.float64)
    kept, made = grid.remembering(40), list[float]()
    expected = [(grid.velocity(x, t), grid.log_density(x, t)) for t in TIMES]
    for _ in range(2):
        for t, (velocity, logs) in zip(TIMES, expected, strict=True):
            torch.testing.assert_close(kept.velocity(x, t), velocity, equal_nan=True)
            torch.testing.assert_close(kept.log_density(x, t), logs)
        monkeypatch.setattr(GridOracle, "_make_slice", lambda _, t: made.append(t))
    assert made == []
