"""A learned score between walls: what it is on the walls, and where it is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.document.gallery import named
from flowlab.core.document.learned import flow_of, learned
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.document.shapes import Checkerboard
from flowlab.core.document.solver import Solver
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.minibatches import BatchBuffer
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.wall_preconditioner import WallPreconditioner
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.learned_maps import on_walls
from flowlab.core.solvers.ode import integrate
from flowlab.core.views.request import PlanOptions, plan_of
from tests.helpers.learned_score import learns_score, trained
from tests.helpers.trainers import same


@pytest.mark.parametrize("walls", ["square", "disc", "equilateral", "drawn"])
def test_only_the_component_normal_to_a_wall_vanishes_on_it(walls: str) -> None:
    field = trained(learns_score("gaussian", walls=walls, width=6.0, clip=True), 64)
    x, normal = on_walls(field.domain)
    free, kept = (field.score(x, 0.6, bounded=each) for each in (False, True))
    sigma = field.deviation(0.6)
    assert sigma * np.abs((free * normal).sum(1)).max() > 1e-3
    assert sigma * np.abs((kept * normal).sum(1)).max() < 1e-6
    along = np.column_stack([-normal[:, 1], normal[:, 0]])
    np.testing.assert_allclose((kept * along).sum(1), (free * along).sum(1), atol=1e-6)
    inner = field.domain.uniform(50, torch.Generator().manual_seed(0)).numpy()
    far = field.domain.nearest(inner).distance > 0.06 * field.domain.size
    np.testing.assert_allclose(
        field.score(inner, 0.6)[far], field.score(inner, 0.6, bounded=False)[far], rtol=1e-3
    )


def test_the_folded_layers_say_what_the_network_says() -> None:
    document = learns_score()
    field = trained(document)
    x = field.domain.uniform(64, torch.Generator().manual_seed(0)).float()
    for t in (0.0, 0.3, 1.0):
        whole = field._net(x, torch.full((64,), t)).double().numpy() / field.deviation(t)
        np.testing.assert_allclose(
            field.score(x.numpy(), t, bounded=False), whole, rtol=2e-3, atol=1e-4
        )


def test_outputs_shrink_as_all_becomes_uniform() -> None:
    settings = learns_score().reflected
    made = WallPreconditioner(WallNoise(walls_of(settings), settings))
    gain = made.gain(torch.linspace(0, 1, 50))
    assert bool((gain.diff() > 0).all())
    assert float(gain[-1]) == pytest.approx(1.0, abs=1e-3)
    assert float(gain[0]) < 1e-3
    corners = torch.tensor([[-4.0, -4.0], [4.0, 4.0]]).T
    y, base, _ = made(corners, torch.zeros(1, 2))
    assert y.abs().flatten().tolist() == pytest.approx([3**0.5] * 4)
    assert not base.any()
    affine = made.affine(torch.full((1, 1, 1), 0.4, dtype=torch.float64))[0][0]
    torch.testing.assert_close(
        (affine @ torch.cat([corners, torch.ones(1, 2)]).double()).float(), y
    )


def test_whatever_asks_for_a_velocity_is_told_where_the_score_is_shown() -> None:
    document = learns_score(view="trajectories")
    field = trained(document, 16)
    x = torch.zeros(3, 2)
    for ask in (
        lambda: field.velocity(x, 0.5),
        lambda: field.velocity_and_noise(x, 0.5),
        lambda: field.with_divergence(x, 0.5),
        lambda: field.with_jacobian(x, 0.5),
        lambda: field.predict("score", x, torch.rand(3)),
        lambda: field.stacked([0.5]),
        lambda: integrate(field.velocity, x, Solver(steps=2)),
        lambda: plan_of("trajectories")(document, field, PlanOptions()),
    ):
        with pytest.raises(Invalid, match="open the room Reflected"):
            ask()


def test_walls_and_noise_are_part_of_what_is_learned_and_nothing_else_of_the_room_is() -> None:
    document = learns_score()
    plain = replace(document, network=Network())
    for change in ({"width": 9.0}, {"walls": "disc"}, {"sigma_max": 1.0}, {"clip": True}):
        other = replace(document.reflected, **change)
        assert flow_of(replace(document, reflected=other)) != flow_of(document)
        assert learned(replace(document, reflected=other)) != learned(document)
        assert learned(replace(plain, reflected=other)) == learned(plain)
    steps = replace(document.reflected, reverse_steps=11, guidance=3.0)
    assert learned(replace(document, reflected=steps)) == learned(document)
    assert learned(replace(document, source=named("moons"))) == learned(document)


def test_the_same_seed_trains_the_same_weights_whatever_the_blocks() -> None:
    document = learns_score(walls="disc", width=7.0, clip=True)
    one, two = Trainer(document), Trainer(document)
    one.advance(120)
    for block in (1, 50, 69):
        two.advance(block)
    assert same(one, two)


def test_training_goes_on_with_another_target() -> None:
    document = learns_score("checkerboard", width=12.0)
    trainer = Trainer(document)
    trainer.advance(40)
    trainer.swap_data(replace(document, target=Checkerboard(rotation=30.0)))
    assert np.isfinite(trainer.advance(40).mse)
    field = field_of(document, trainer.weights())
    assert isinstance(field, LearnedWallScore)
    assert field.step == 80
    with pytest.raises(Invalid, match="lies outside the walls"):
        trainer.swap_data(replace(document, target=Checkerboard(half_width=9.0)))


def test_a_conditional_network_learns_each_class_and_all_of_them() -> None:
    document = learns_score(conditional=True)
    field = trained(document, 600)
    assert len(field.classes) > 1
    x = field.domain.uniform(200, torch.Generator().manual_seed(0)).numpy()
    one, other, every = (field.score(x, 0.8, label) for label in (0, field.classes[-1], None))
    assert np.abs(one - other).mean() > 0.1
    assert np.isfinite(every).all()
    with pytest.raises(Invalid, match="no class"):
        field.score(x, 0.8, 99)


def test_some_classes_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(learns_score(conditional=True))
    batches: BatchBuffer = trainer._stepper.batches
    told = list[torch.Tensor]()
    net = batches._net
    prepare = net.prepare

    def noted(x: torch.Tensor, t: torch.Tensor, buffer: object, condition: torch.Tensor) -> object:
        told.append(condition)
        return prepare(x, t, buffer, condition)  # type: ignore[arg-type]

    monkeypatch.setattr(net, "prepare", noted)
    trainer.advance(1)
    assert float((told[0] == -1).float().mean()) == pytest.approx(0.15, abs=0.03)


@pytest.mark.parametrize("given", [{"precondition": False}, {"kind": "iadb"}, {"waves": "on"}])
def test_every_kind_of_network_can_learn_it(given: dict[str, Any]) -> None:
    network = Network(predicts=BETWEEN_WALLS, width=16, **given)
    field = trained(replace(learns_score(), network=network), 32)
    assert np.isfinite(field.score(np.zeros((3, 2)), 0.5)).all()
