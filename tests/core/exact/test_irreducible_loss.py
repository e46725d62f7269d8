"""The least losses, beside the conditional variance of two Gaussians integrated over t."""

from __future__ import annotations

import pytest
from scipy.integrate import quad

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact.factory import oracle_for
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.exact.irreducible_loss import loss_floor
from flowlab.core.interpolants.paths import LINEAR
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE

STD, FAR = 0.5, 3.0
DOCUMENT = Document(source=Gaussian(), target=Gaussian(std_x=STD, std_y=STD, offset_x=FAR))


def oracle(document: Document) -> Oracle:
    found = oracle_for(document)
    assert found is not None
    return found


def least() -> float:
    """2 int Var(x1 - x0 | x_t) dt on one axis: V - C^2 / W with C = Cov(x1 - x0, x_t)."""

    def within(t: float) -> float:
        cross = t * STD**2 - (1 - t)
        return 1 + STD**2 - cross**2 / ((1 - t) ** 2 + (t * STD) ** 2)

    return 2 * quad(within, 0, 1)[0]


def power() -> float:
    """E|x1 - x0|^2."""
    return 2 * (1 + STD**2) + FAR**2


def test_between_gaussians_it_is_the_conditional_variance() -> None:
    found = loss_floor(oracle(DOCUMENT), 4000, rng(1))
    assert abs(found.mse - least()) < 4 * found.mse_error
    assert found.mse_error < 0.01
    assert found.quadratic == pytest.approx(0.5 * (found.mse - power()), abs=1e-3)
    assert found.quadratic < 0


def test_a_mixture_of_one_place_has_no_error_at_all() -> None:
    """The conditional variance of Gaussians hangs on t alone: what is left is the strata of t."""
    few, many = (loss_floor(oracle(DOCUMENT), n, rng(2)).mse for n in (256, 4096))
    assert abs(many - least()) < abs(few - least()) + 1e-4
    assert many == pytest.approx(least(), abs=2e-4)


def test_drawn_pairs_tell_the_same_as_the_closed_form() -> None:
    """An oracle that only knows its field: the losses of the field itself."""
    grid = GridOracle.of(build(DOCUMENT.source), build(DOCUMENT.target), LINEAR, 64)
    grid.document = DOCUMENT
    found = loss_floor(grid, 20_000, rng(3))
    assert abs(found.mse - least()) < 4 * found.mse_error + 0.01
    true = 0.5 * (least() - power())
    assert abs(found.quadratic - true) < 4 * found.quadratic_error + 0.01


def test_both_losses_differ_by_half_the_power_between_polygons() -> None:
    document = Document(source=TRIANGLE, target=SQUARE)
    found = loss_floor(oracle(document), 20_000, rng(4))
    law0, law1 = build(TRIANGLE), build(SQUARE)
    x0, x1 = law0.sample(200_000, rng(5)).double(), law1.sample(200_000, rng(6)).double()
    squares = (x1 - x0).square().sum(1)
    whole = float(squares.mean())
    error = 4 * (found.mse_error / 2 + found.quadratic_error) + 0.02
    assert found.quadratic == pytest.approx(0.5 * (found.mse - whole), abs=error)


def test_a_noisy_path_has_more_to_forget() -> None:
    noisy = Document(source=DOCUMENT.source, target=DOCUMENT.target, path=Path(noise="quadratic"))
    assert loss_floor(oracle(noisy), 4000, rng(1)).mse > least() + 0.1


def test_without_a_document_a_grid_has_no_pairs() -> None:
    grid = GridOracle.of(build(DOCUMENT.source), build(DOCUMENT.target), LINEAR, 16)
    with pytest.raises(Invalid, match="document"):
        loss_floor(grid)
