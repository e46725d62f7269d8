"""What every oracle answers where there is no mass."""

from __future__ import annotations

import math

import torch

from flowlab.core.exact import Oracle

FAR = torch.tensor([[50.0, 0.0], [math.inf, 0.0], [1e300, -1e300]], dtype=torch.float64)
LOST = torch.tensor([[math.nan, 0.0], [math.inf, math.nan]], dtype=torch.float64)


def check_blank(oracle: Oracle, t: float) -> None:
    """At points `FAR` there is no mass; at points `LOST` nothing is known."""
    rng = torch.Generator().manual_seed(0)
    for x, density in ((FAR, 0.0), (LOST, math.nan)):
        none = torch.full((len(x),), density, dtype=torch.float64)
        assert not oracle.inside(x, t).any()
        assert oracle.velocity(x, t).isnan().all()
        assert oracle.score(x, t).isnan().all()
        torch.testing.assert_close(oracle.density(x, t), none, equal_nan=True)
        torch.testing.assert_close(oracle.log_density(x, t), none.log(), equal_nan=True)
        assert all(part.isnan().all() for part in oracle.pairs(x, t, 5, rng))
