"""Live figures of the exact field: what they say, and that a look costs little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Points, Ring
from flowlab.core.document.training import Training
from flowlab.core.estimates import Estimate
from flowlab.core.exact import loss_floor, oracle_for
from flowlab.work import exact
from flowlab.work.model import Model

DOCUMENT = Document(target=Ring(count=6, radius=3.0))


class Scaled:
    """A field that is wrong by a known share."""

    def __init__(self, document: Document, factor: float) -> None:
        oracle = oracle_for(document)
        assert oracle is not None
        self._oracle, self._factor = oracle, factor

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return self._factor * self._oracle.velocity(x, t)


class Learned:
    """A model with that field."""

    def __init__(self, document: Document, factor: float = 1.1) -> None:
        self.document, self.field = document, Scaled(document, factor)


def _error(document: Document, looks: int = 200) -> Estimate | None:
    """The error after so many looks, or as soon as it is known."""
    model: Model = Learned(document)  # type: ignore[assignment]
    return next(filter(None, (exact.velocity_error(model) for _ in range(looks))), None)


def test_the_error_is_the_share_by_which_the_field_is_wrong() -> None:
    for _ in range(3):
        assert _error(DOCUMENT) == pytest.approx(0.1, rel=1e-4)


def test_no_error_is_told_before_its_own_error_is_known() -> None:
    """One sweep over the times estimates it, but not how well."""
    document = Document(target=Points(points=Array(np.eye(2).repeat(300, 0)), noise=0.2))
    found = [_error(document, looks=1) for _ in range(40)]
    assert found[0] is None
    told = [each for each in found if each is not None]
    assert told
    assert all(np.isfinite(each.error) for each in told)


def test_floors_of_mixtures_are_known_at_once() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    found, expected = exact.floors(DOCUMENT), loss_floor(oracle)
    assert found.mse_floor == pytest.approx(expected.mse, abs=5 * expected.mse_error)
    assert found.quadratic_floor == pytest.approx(
        expected.quadratic, abs=5 * expected.quadratic_error
    )


def test_floors_of_many_components_grow_with_the_looks() -> None:
    """So do those of grids, whose every time costs more than a look may."""
    cloud = np.random.default_rng(0).normal(size=(200, 2)) * 2
    document = Document(target=Points(points=Array(cloud), noise=0.3))
    assert exact.floors(document).mse_floor is None
    for _ in range(31):
        error = _error(document, looks=1)
    assert error == pytest.approx(0.1, rel=1e-3)
    floor = exact.floors(document).mse_floor
    oracle = oracle_for(document)
    assert floor is not None
    assert oracle is not None
    known = loss_floor(oracle, generator=torch.Generator().manual_seed(1))
    assert floor == pytest.approx(known.mse, rel=0.05)


def test_without_an_exact_field_there_are_no_figures() -> None:
    document = replace(DOCUMENT, coupling=Coupling(kind="ot"))
    model: Model = Learned(DOCUMENT)  # type: ignore[assignment]
    model.document = document  # type: ignore[misc]
    assert exact.velocity_error(model) is None
    assert exact.floors(document).mse_floor is None


def test_a_network_that_predicts_something_else_has_another_floor() -> None:
    document = replace(DOCUMENT, network=Network(predicts="denoiser"))
    assert exact.floors(document).mse_floor is None
    assert _error(document) == pytest.approx(0.1, rel=1e-4)
    weighted = replace(DOCUMENT, training=Training(loss_weights="bound"))
    assert exact.floors(weighted).mse_floor is None
