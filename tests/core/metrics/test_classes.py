"""Errors class by class: shares, draws of p_t(. | c), and arrivals, beside closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Checkerboard, Gaussian, Mixture
from flowlab.core.metrics.classes import ClassDraws, class_accuracy, class_draws, class_shares

STD = 0.5
MEANS = torch.tensor([[-3.0, 0.0], [3.0, 1.0]]).double()
TARGET = Mixture(
    means=((-3.0, 0.0), (3.0, 1.0)), covs=((STD**2, 0.0, STD**2),) * 2, weights=(1.0, 3.0)
)
DOCUMENT = Document(source=Gaussian(), target=TARGET, network=Network(conditional=True))


def velocity(x: Tensor, t: Tensor, c: Tensor) -> Tensor:
    """Of one class: E[x1 - x0 | x] between N(0, I) and N(m, s^2 I)."""
    m, t = MEANS[c], t[:, None].double()
    var = (1 - t) ** 2 + (t * STD) ** 2
    return m + (t * STD**2 - (1 - t)) / var * (x.double() - t * m)


class Closed:
    """The closed form as a field that is told the class, times a factor for each class."""

    def __init__(self, *factors: float) -> None:
        self.factors = torch.tensor(factors).double()

    def velocity(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        return self.factors[c][:, None] * velocity(x, t, c)


@pytest.fixture(scope="module")
def draws() -> ClassDraws:
    found = class_draws(DOCUMENT, 8000)
    assert found is not None
    return found


def test_the_exact_velocity_is_that_of_the_class(draws: ClassDraws) -> None:
    torch.testing.assert_close(
        draws.exact, velocity(draws.x, draws.t, draws.condition), rtol=0, atol=2e-5
    )


def test_points_are_of_their_class_and_time(draws: ClassDraws) -> None:
    for k in (0, 1):
        mine = draws.condition == k
        counts = torch.histc(draws.t[mine].float(), 4, 0, 1)
        assert float(counts.min()) == float(counts.max()) > 0  # as many in every stretch of time
        t = draws.t[mine].double()[:, None]
        z = (draws.x[mine].double() - t * MEANS[k]) / ((1 - t) ** 2 + (t * STD) ** 2).sqrt()
        n = len(z)
        assert bool((z.mean(0).abs() < 4 / n**0.5).all())
        assert bool(((z.var(0) - 1).abs() < 4 * (2 / n) ** 0.5).all())
    share = float((draws.condition == 1).double().mean())
    assert share == pytest.approx(0.75, abs=0.02)
    assert len(draws.x) == pytest.approx(8000, rel=0.01)


def test_the_error_is_relative_and_of_a_class_or_all(draws: ClassDraws) -> None:
    assert draws.error(Closed(1, 1)) < 1e-5  # type: ignore[arg-type]
    off = Closed(1.5, 0.9)
    assert draws.error(off, 0) == pytest.approx(0.5, abs=1e-5)  # type: ignore[arg-type]
    assert draws.error(off, 1) == pytest.approx(0.1, abs=1e-5)  # type: ignore[arg-type]
    squares = [draws.exact[draws.condition == k].square().sum() for k in (0, 1)]
    whole = float(((0.25 * squares[0] + 0.01 * squares[1]) / sum(squares)).sqrt())
    assert draws.error(off) == pytest.approx(whole, abs=1e-5)  # type: ignore[arg-type]


def test_shares_are_the_masses_of_the_classes() -> None:
    shares = class_shares(DOCUMENT)
    assert shares[1] == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 20_000))
    assert sum(shares.values()) == pytest.approx(1)
    board = Document(target=Checkerboard(count=2), network=Network(conditional=True))
    assert list(class_shares(board)) == [0, 1]


def test_accuracy_is_the_share_nearest_to_its_own_class() -> None:
    known = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    classes = torch.tensor([0, 1, 2])
    arrived = torch.tensor([[1.0, 1.0], [9.0, 1.0], [1.0, 8.0], [4.0, 0.0]])
    assert class_accuracy(arrived, 0, known, classes) == 0.5
    assert class_accuracy(arrived, torch.tensor([0, 1, 2, 1]), known, classes) == 0.75
