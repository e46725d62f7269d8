"""The floor of a loss, and the points that a learned field is held to."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Gaussian, Ring
from flowlab.core.exact import (
    GrowingEvaluationSet,
    MixtureOracle,
    loss_floor,
    oracle_for,
    reference,
)

DOCUMENT = Document(source=Gaussian(std_x=0.5), target=Ring(count=5, radius=3.0))


def _oracle(document: Document = DOCUMENT) -> MixtureOracle:
    oracle = oracle_for(document)
    assert isinstance(oracle, MixtureOracle)
    return oracle


class Wrapped:
    """The same oracle, of which less is known."""

    def __init__(self, oracle: MixtureOracle) -> None:
        self.velocity, self.document = oracle.velocity, oracle.document


@pytest.mark.parametrize("path", [Path(), Path(kind="trigonometric"), Path(noise="quadratic")])
def test_the_floor_by_pairs_is_the_floor_by_variance(path: Path) -> None:
    oracle = _oracle(Document(source=DOCUMENT.source, target=DOCUMENT.target, path=path))
    exact = loss_floor(oracle, 20_000, torch.Generator().manual_seed(0))
    drawn = loss_floor(Wrapped(oracle), 40_000, torch.Generator().manual_seed(1))  # type: ignore[arg-type]
    gap = 4 * (exact.mse_error**2 + drawn.mse_error**2) ** 0.5
    assert drawn.mse == pytest.approx(exact.mse, abs=gap)
    gap = 4 * (exact.quadratic_error**2 + drawn.quadratic_error**2) ** 0.5
    assert drawn.quadratic == pytest.approx(exact.quadratic, abs=gap)


def test_on_a_brownian_path_the_floor_is_that_of_the_times_that_training_draws() -> None:
    """gamma'^2 has no integral up to the ends; without them its mean is known.

    Between two equal Gaussians N(0, I), C = ((1-t)^2 + t^2 + t (1-t)) I = (1 - t + t^2) I, and the
    trace of Cov(dx/dt) is 4 + 2 gamma'^2 with gamma'^2 = (1 - 2 t)^2 / 4 t (1 - t).
    """
    document = Document(source=Gaussian(), target=Gaussian(), path=Path(noise="brownian"))
    floor = loss_floor(_oracle(document), 50_000, torch.Generator().manual_seed(0))
    t = 1e-4 + (1 - 2e-4) * (torch.arange(400_000, dtype=torch.float64) + 0.5) / 400_000
    half = t - 0.5  # C'/2
    power = 4 + 2 * (1 - 2 * t) ** 2 / (4 * t * (1 - t))
    exact = (power - 2 * half**2 / (1 - t + t**2)).mean()
    assert floor.mse == pytest.approx(float(exact), rel=0.02)
    assert floor.quadratic == pytest.approx(float(-(half**2 / (1 - t + t**2)).mean()), rel=0.05)


def test_many_components_get_a_rougher_floor_with_its_error() -> None:
    document = Document(source=Ring(count=64), target=Ring(count=64, radius=3.0, std=0.3))
    floor = loss_floor(_oracle(document), 20_000, torch.Generator().manual_seed(0))
    fine = reference(_oracle(document), document, 6400).floor()
    assert 0.01 < floor.mse_error < 2
    assert floor.mse == pytest.approx(fine.mse, abs=4 * (floor.mse_error + fine.mse_error))


def test_without_a_document_there_is_nothing_to_draw() -> None:
    oracle = _oracle()
    oracle.document = None
    with pytest.raises(Invalid, match="oracle of a document"):
        loss_floor(Wrapped(oracle))  # type: ignore[arg-type]


def test_draws_cover_all_times_and_have_the_exact_velocity() -> None:
    oracle = _oracle()
    draws = reference(oracle, DOCUMENT, 3200)
    assert len(draws.t) == 3200
    counts = torch.histc(draws.t, 16, 0, 1)
    assert bool((counts == 200).all())
    assert draws.sweeps == 4
    assert torch.equal(draws.stratum, (16 * draws.t).long())
    torch.testing.assert_close(draws.exact, oracle.velocity(draws.x.double(), draws.t))


def test_points_without_an_exact_velocity_are_left_out() -> None:
    class Holed(Wrapped):
        def __init__(self, oracle: MixtureOracle) -> None:
            super().__init__(oracle)
            whole = oracle.velocity

            def velocity(x: Tensor, t: float) -> Tensor:
                v = whole(x, t)
                v[x[:, 0] > 1] = float("nan")
                return v

            self.velocity = velocity  # type: ignore[assignment]

    oracle = _oracle()
    draws = reference(Holed(oracle), DOCUMENT, 3200)  # type: ignore[arg-type]
    assert 0 < int(draws.exact.isnan().any(1).sum()) < 3200
    assert draws.error(oracle) < 1e-6
    assert torch.tensor(draws.floor().mse).isfinite()


def test_a_growing_reference_becomes_the_whole_one() -> None:
    oracle = _oracle()
    growing = GrowingEvaluationSet(oracle, DOCUMENT, 50, 4)
    assert growing.floor() is None  # of one time
    first = growing.grow(0.0)
    assert len(first.t) == 100
    for _ in range(31):
        last = growing.grow(0.0)
    assert last.sweeps == 2
    assert growing.floor() == last.floor()
    for _ in range(100):
        last = growing.grow(0.0)
    whole = reference(oracle, DOCUMENT, 3200)
    assert torch.equal(last.x, whole.x)
    assert torch.equal(last.exact, whole.exact)
    assert growing.floor() == whole.floor()
    early = sorted(set(growing.grow(1.0).t[:200].tolist()))  # four times, one in each quarter
    assert [int(4 * t) for t in early] == [0, 1, 2, 3]


def test_an_unfinished_sweep_is_left_out_of_estimates() -> None:
    """Its times would weigh some strata more than others."""
    growing = GrowingEvaluationSet(_oracle(), DOCUMENT, 50, 4)
    for _ in range(31):
        two = growing.grow(0.0).floor()
    assert growing.grow(0.0).floor() == two
    assert len(growing.grow(0.0).known.t) == 2 * 16 * 50


@pytest.mark.slow
@pytest.mark.parametrize(
    ("half_width", "residual", "power"), [(4.0, 6.747, 5.92), (2 / 0.45, 7.48, 7.66)]
)
def test_golden_numbers_of_the_checkerboards(
    half_width: float, residual: float, power: float
) -> None:
    """int E|I' - b|^2 dt and int E|b|^2 dt of the flow-matching notebooks, by Monte Carlo."""
    oracle = oracle_for(Document(target=Checkerboard(half_width=half_width)))
    assert oracle is not None
    floor = loss_floor(oracle, 20_000)
    assert floor.mse == pytest.approx(residual, abs=0.02 + 4 * floor.mse_error)
    assert floor.quadratic == pytest.approx(-power / 2, abs=0.02 + 4 * floor.quadratic_error)
    assert floor.mse_error < 0.1
