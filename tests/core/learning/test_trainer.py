"""Training: it learns, repeats, and goes on for as long as it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.recipes import RECIPES
from flowlab.core.document.shapes import Gaussian, Points, Rings
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import loss_floor, oracle_for
from flowlab.core.learning.devices import pick_device
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Progress, Trainer, run_training, warm_up
from flowlab.core.solvers.ode import integrate
from tests.helpers.trainers import SMALL, error_of, same


@pytest.mark.slow
def test_default_recipe_learns_eight_gaussians_in_600_steps() -> None:
    trainer = Trainer(Document())
    assert error_of(trainer) == pytest.approx(0.258, abs=0.02)  # the Gaussian flow, before training
    trainer.advance(600)
    assert error_of(trainer) < 0.12


@pytest.mark.slow
def test_space_features_draw_thin_shapes() -> None:
    """Mean distance of the samples from the curve, in its deviations (0.8 of a fresh sample)."""

    def thickness(space_features: int) -> float:
        ring = Rings(count=2, radius=4.0, noise=0.1)
        document = Document(target=ring, network=Network(space_features=space_features))
        trainer = Trainer(document)
        trainer.advance(600)
        field = LearnedVelocity(document.network, trainer.weights())
        x0 = torch.randn(2000, 2, generator=torch.Generator().manual_seed(5))
        r = integrate(field.velocity, x0, Solver()).points[-1].norm(dim=1)
        return float(torch.minimum((r - 4).abs(), (r - 2).abs()).mean() / 0.1)

    assert thickness(24) < min(3.0, 0.6 * thickness(0))


def test_losses_come_down_to_the_floor_and_keep_their_identity() -> None:
    document = replace(SMALL, target=Gaussian(std_x=2.0, std_y=0.5, correlation=0.6))
    oracle = oracle_for(document)
    assert oracle is not None
    floor = loss_floor(oracle)
    last = Trainer(document).advance(200)
    assert last.mse == pytest.approx(floor.mse, rel=0.1)
    assert last.quadratic == pytest.approx(floor.quadratic, abs=0.3)
    assert 2 * last.quadratic == pytest.approx(last.mse - oracle.power, abs=0.7)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_improves(recipe: str) -> None:
    network, training = RECIPES[recipe]
    quick = replace(training, batch=min(training.batch, 256))
    document = Document(network=replace(network, width=min(network.width, 64)), training=quick)
    trainer = Trainer(document)
    first = trainer.advance(1).mse
    assert trainer.advance(300).mse < first
    trainer.advance(100)
    assert error_of(trainer) < 0.5


def test_same_seed_same_weights_whatever_the_blocks() -> None:
    one, two, other = Trainer(SMALL), Trainer(SMALL), Trainer(SMALL, seed=1)
    one.advance(40)
    for _ in range(8):
        two.advance(5)
    other.advance(40)
    assert same(one, two)
    assert not same(one, other)


def test_steps_is_an_endless_generator_of_progress() -> None:
    stream = Trainer(SMALL).steps(4)
    seen = [next(stream) for _ in range(3)]
    assert [p.step for p in seen] == [4, 8, 12]
    assert all(isinstance(p, Progress) and p.mse > 0 for p in seen)


def test_ends_that_are_one_and_the_same_point_train_quietly() -> None:
    point = Points(points=Array([[1.0, 2.0]]), noise=0.0)
    network = replace(SMALL.network, precondition=False)  # else it is right from the start
    trainer = Trainer(replace(SMALL, source=point, target=point, network=network))
    trainer.advance(200)
    assert trainer.advance(50).mse < 1e-2


def test_training_shares_no_random_numbers_with_any_other_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[int, Stream, torch.Generator]] = []

    def noted(seed: int, stream: Stream, **options: torch.device) -> torch.Generator:
        made.append((seed, stream, torch_rng(seed, stream, **options)))
        return made[-1][2]

    for module in ("trainer", "trainer_state", "training_data"):
        monkeypatch.setattr(f"flowlab.core.learning.{module}.torch_rng", noted)
    trainer = Trainer(SMALL, seed=11)
    trainer.advance(2)
    own = [Stream.BATCHES, Stream.INITIAL_WEIGHTS, Stream.MOMENTS, Stream.CROSS_COVARIANCE]
    assert sorted(stream for _, stream, _ in made) == own
    assert {seed for seed, _, _ in made} == {11}
    assert trainer._rng in [rng for _, _, rng in made]
    seen = {stream: set(_numbers(torch_rng(11, stream))) for stream in Stream}
    for mine in own:
        assert not any(seen[mine] & seen[other] for other in Stream if other is not mine)


def _numbers(rng: torch.Generator) -> list[int]:
    return torch.randint(1 << 62, (500,), generator=rng).tolist()


def test_run_training_stops_at_its_limit() -> None:
    seen: list[int] = []
    trainer = run_training(SMALL, steps=37, device="cpu", progress=lambda p: seen.append(p.step))
    assert trainer.step == seen[-1] == 37
    timed = run_training(SMALL, seconds=0.05, device="cpu")
    assert 0.05 <= timed.seconds < 1


def test_devices() -> None:
    assert pick_device("cpu") == "cpu"
    assert pick_device("auto") in {"cpu", "cuda", "mps"}
    assert pick_device("cpu:0") == "cpu"  # whose label is then that of a processor
    for absent in ("abacus", "cuda:99"):
        with pytest.raises(Invalid, match="no device"):
            pick_device(absent)


def test_warming_up_does_not_touch_the_dice() -> None:
    before = torch.get_rng_state()
    warm_up()
    assert torch.equal(torch.get_rng_state(), before)
