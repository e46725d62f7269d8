"""Characteristic curves and the density along them, against closed forms and the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.along_path import curves_through

STD = 2.0
TO_GAUSSIAN = Document(target=Gaussian(std_x=STD, std_y=STD, offset_x=1.0))
POINTS = torch.tensor([[0.3, -0.4, 0.0], [1.5, 0.2, 0.37], [-2.0, 1.0, 1.0], [0.1, 0.1, 0.5]])


def known(document: Document) -> Oracle:
    oracle = oracle_for(document)
    assert oracle is not None
    return oracle


def spread(t: Tensor) -> Tensor:
    return ((1 - t) ** 2 + (t * STD) ** 2).sqrt()


def test_curves_pass_through_their_points_and_keep_their_quantile() -> None:
    """Between Gaussians (X_t - t m) / s_t is constant along a curve, and p_t falls with s_t^2."""
    times, places, change = curves_through(extended_field(known(TO_GAUSSIAN)), POINTS, 20)
    mean = torch.tensor([1.0, 0.0], dtype=torch.float64)
    at = POINTS[:, 2].double()
    z = (POINTS[:, :2].double() - at[:, None] * mean) / spread(at)[:, None]
    expected = times[:, None, None] * mean + spread(times)[:, None, None] * z
    torch.testing.assert_close(places, expected, atol=1e-5, rtol=0)
    law = (-2 * spread(times).log())[:, None].expand(-1, len(POINTS))
    torch.testing.assert_close(change, law, atol=1e-5, rtol=0)


def test_the_density_along_a_path_is_the_oracles() -> None:
    oracle = known(Document(target=Ring()))
    times, places, change = curves_through(extended_field(oracle), POINTS)
    logs = torch.stack(
        [oracle.log_density(x, float(t)) for x, t in zip(places, times, strict=True)]
    )
    torch.testing.assert_close(logs[0] + change, logs, atol=5e-4, rtol=0)


def test_it_has_fourth_order() -> None:
    field = extended_field(known(TO_GAUSSIAN))
    errors = []
    for steps in (8, 16, 32):
        _, _, change = curves_through(field, POINTS[:1], steps)
        errors.append(abs(float(change[-1, 0]) + 2 * math.log(STD)))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert orders == pytest.approx([4, 4], abs=0.4)


def test_points_at_odd_times_don_t_change_the_others() -> None:
    field = extended_field(known(TO_GAUSSIAN))
    alone = curves_through(field, POINTS[:1], 8)
    together = curves_through(field, POINTS, 8)
    torch.testing.assert_close(together[1][:, :1], alone[1], atol=1e-7, rtol=0)
    torch.testing.assert_close(together[2][:, :1], alone[2], atol=1e-7, rtol=0)


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        curves_through(extended_field(known(TO_GAUSSIAN)), POINTS, cancelled=lambda: True)
