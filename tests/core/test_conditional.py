"""A network that is told the class: what it sees, that it learns, and how it is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Drawing, Mixture, Moons, Ring, Shape, Stroke
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.learning.conditioning import sample_conditions
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.fast_step.flat_network import Batch, FlatParameters, as_batches
from flowlab.core.learning.fast_step.step import backward
from flowlab.core.learning.field import LearnedVelocity, classes_of
from flowlab.core.learning.networks import build_network, with_classes
from flowlab.core.learning.objectives import mse
from flowlab.core.learning.preconditioning import measure_moments
from flowlab.core.learning.reflow import pairs_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import Weights
from flowlab.core.metrics import class_accuracy, class_draws, divergence, sliced_w2
from flowlab.core.metrics.floors import sliced_w2_floor
from flowlab.core.solvers.ode import integrate
from tests.helpers.noise_models import untrained
from tests.helpers.randomness import rng

SMALL = Document(
    network=Network(width=16, depth=2, conditional=True), training=Training(batch=64), seed=2
)


def trained(document: Document, steps: int) -> LearnedVelocity:
    trainer = Trainer(document)
    trainer.advance(steps)
    return field_of(document, trainer.weights())


def carried(field: LearnedVelocity, x: torch.Tensor, c: torch.Tensor, **how: int) -> torch.Tensor:
    return integrate(field.velocity, x, Solver(), condition=c, **how).points[-1]  # type: ignore[arg-type]


# --- what the network sees ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["velocity", "iadb"])
def test_a_row_for_each_class_says_which_it_is(kind: str) -> None:
    spec = Network(kind=kind, conditional=True)
    moments = measure_moments(build(Ring()), build(Moons()), rng())
    net = build_network(spec, moments, rng(), classes=(1, 4, 6))
    x, t, c = torch.randn(5, 2), torch.rand(5), torch.tensor([4, 1, 1, 6, 4])
    told = net.prepare(x, t, None, c).features[-4:-1]
    assert (told != 0).T.nonzero()[:, 1].tolist() == [1, 0, 0, 2, 1]
    plain = build_network(replace(spec, conditional=False), moments, rng())
    assert torch.equal(plain.prepare(x, t).features[:-1], net.prepare(x, t, None, c).features[:-4])


@pytest.mark.parametrize("precondition", [True, False])
def test_the_written_out_gradient_is_autograd_s(precondition: bool) -> None:
    spec = Network(width=16, depth=3, precondition=precondition, conditional=True)
    moments = measure_moments(build(Ring()), build(Moons()), rng())
    net = build_network(spec, moments, rng(), classes=(0, 1, 2))
    torch.nn.init.normal_(net.net[-1].weight, generator=rng())  # type: ignore[arg-type]
    net.double()
    x, displacement = torch.randn(2, 50, 2, dtype=torch.float64, generator=rng(5))
    t, c = torch.rand(50, dtype=torch.float64), torch.randint(3, (50,))
    v = net(x, t, c)
    mse(v, displacement).backward()
    expected = {name: p.grad for name, p in net.named_parameters()}
    flat = FlatParameters(net, spec.activation)
    data = as_batches([Batch.of(net.prepare(x, t, None, c), displacement.T, len(x))])
    backward(flat.workspace(len(x)), data, 0)
    torch.testing.assert_close(flat.named(flat.gradient), expected, rtol=1e-6, atol=1e-9)


def test_pools_hold_the_class_of_each_target_point() -> None:
    document = replace(SMALL, target=Ring(std=0.05), path=Path(noise="sine"))
    trainer = Trainer(document)
    _, x1, _, _, c = trainer._stepper.batches._pairs(trainer._data.coupler, rng())
    assert c is not None
    angle = 2 * torch.pi * c / 8  # antithetic twins have the class of their pair
    middle = 5 * torch.stack([angle.sin(), angle.cos()], 1)
    assert float((x1 - middle).norm(dim=1).max()) < 0.5


def test_nothing_more_makes_the_host_wait() -> None:
    class Counter(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            waits = (torch.ops.aten._local_scalar_dense, torch.ops.aten.nonzero)
            self.count += func.overloadpacket in waits
            return func(*args, **(kwargs or {}))

    def waits(document: Document) -> int:
        trainer = Trainer(document)
        trainer.advance(trainer._stepper.batches.count)  # leaves the pool empty
        with Counter() as counter:
            trainer.advance(16)
        return counter.count

    plain = replace(SMALL, network=replace(SMALL.network, conditional=False))
    assert waits(SMALL) == waits(plain)


# --- couplings ----------------------------------------------------------------------------------

KINDS = {
    "ot": Coupling(kind="ot", batch=64),
    "sinkhorn": Coupling(kind="sinkhorn", batch=64, regularisation=1.0),
    "lines": Coupling(kind="lines", batch=64, lines=Array([[0.0, 0.0, 5.0, 0.0]])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_matching_within_classes_leaves_each_class_the_whole_source(kind: str) -> None:
    """Matched across classes, the points that meet class k would be those on its side."""
    document = replace(SMALL, coupling=KINDS[kind], target=Ring(count=4, std=0.3))
    coupler = coupler_of(document)
    for _ in range(3):
        x0, x1, c = coupler.labelled(16_000, rng())
    source, whole = build(document.source), build(document.target)
    for k in range(4):
        own = c == k
        assert sliced_w2(x0[own][:900], source.sample(900, rng(3))) < 3 * sliced_w2_floor(
            source, 900
        )
    angle = torch.pi / 2 * c
    middle = 5 * torch.stack([angle.sin(), angle.cos()], 1)
    assert float((x1 - middle).norm(dim=1).max()) < 2.0  # the class is that of x1
    assert sliced_w2(x1[:900], whole.sample(900, rng(4))) < 4 * sliced_w2_floor(whole, 900)
    cost, free = (x1 - x0).square().sum(1).mean(), (x1 - x0.flip(0)).square().sum(1).mean()
    assert kind == "lines" or float(cost) < 0.99 * float(free)


def test_a_plain_network_is_matched_across_classes_as_before() -> None:
    plain = replace(SMALL, network=Network(), coupling=KINDS["ot"])
    with pytest.raises(Invalid, match="across classes"):
        coupler_of(plain).labelled(10, rng())
    x0, x1 = coupler_of(plain).draw(2000, rng())
    y0, y1, _ = coupler_of(replace(plain, network=SMALL.network)).labelled(2000, rng())
    assert (x1 - x0).square().sum() < 0.95 * (y1 - y0).square().sum()


# --- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["velocity", "iadb"])
def test_points_land_in_the_class_that_was_asked_for(kind: str) -> None:
    document = Document(network=Network(kind=kind, conditional=True))
    field = trained(document, 300)
    target = build(document.target)
    x, c = torch.randn(2000, 2, generator=rng(1)), sample_conditions(document.target, 2000, rng(2))
    known, classes = target.sample_labelled(4000, rng(3))
    assert classes is not None
    assert class_accuracy(carried(field, x, c), c, known, classes) > 0.95
    wrong = (c + 1) % 8
    assert class_accuracy(carried(field, x, wrong), c, known, classes) < 0.03


@pytest.mark.slow
def test_it_comes_near_the_exact_velocity_and_distribution_of_each_class() -> None:
    document = Document(target=Ring(count=3, radius=3.0), network=Network(conditional=True))
    draws = class_draws(document)
    assert draws is not None
    trainer = Trainer(document)
    before = draws.error(field_of(document, trainer.weights()))
    trainer.advance(800)
    field = field_of(document, trainer.weights())
    assert before > 0.5
    assert draws.error(field) < 0.12
    plain = trained(replace(document, network=Network()), 800)
    x = torch.randn(3000, 2, generator=rng(1))
    for k in range(3):
        angle = 2 * np.pi * k / 3
        mean = (float(3 * np.sin(angle)), float(3 * np.cos(angle)))
        distribution = build(Mixture(means=(mean,), covs=((0.49, 0.0, 0.49),), weights=(1.0,)))
        fresh, floor = distribution.sample(3000, rng(4)), sliced_w2_floor(distribution, 3000)
        arrived = carried(field, x, torch.full((3000,), k))
        assert sliced_w2(arrived, fresh) < 6 * floor
        everywhere = integrate(plain.velocity, x, Solver()).points[-1]
        assert sliced_w2(everywhere, fresh) > 10 * sliced_w2(arrived, fresh)


def test_every_way_learns() -> None:
    for change in (
        {"coupling": KINDS["ot"]},
        {"path": Path(noise="brownian")},
        {"network": replace(SMALL.network, predicts="denoiser")},
        {"target": Checkerboard(count=2)},
    ):
        document = SMALL.with_parts(**{"target": Ring(count=3), **change})
        trainer = Trainer(document)
        first = trainer.advance(1).mse
        assert trainer.advance(150).mse < first


# --- its weights --------------------------------------------------------------------------------


def test_weights_know_their_classes_and_others_are_refused() -> None:
    trainer = Trainer(SMALL)
    weights = trainer.weights()
    assert weights.arrays["classes"].tolist() == list(range(8))
    plain = replace(SMALL, network=replace(SMALL.network, conditional=False))
    with pytest.raises(Invalid, match="another kind or size"):
        field_of(plain, weights)
    with pytest.raises(Invalid, match="another kind or size"):
        field_of(SMALL, Trainer(plain).weights())
    with pytest.raises(Invalid, match="another kind or size"):
        Trainer(replace(SMALL, target=Ring(count=4))).load(weights)
    arrays = {**weights.arrays, "classes": np.arange(8) + 1}
    with pytest.raises(Invalid, match="other classes"):
        trainer.load(Weights(arrays=arrays))


def stroke(label: int) -> Stroke:
    return Stroke(path=Array([[-2.0, label, 1.0], [2.0, label, 1.0]]), label=label)


def test_a_drawing_may_get_another_class_while_it_is_learned() -> None:
    two: Shape = Drawing(strokes=(stroke(1), stroke(3)))
    three: Shape = Drawing(strokes=(stroke(1), stroke(3), stroke(2)))
    document = replace(SMALL, target=two)
    trainer = Trainer(document)
    trainer.advance(30)
    before = trainer.weights().arrays
    assert before["classes"].tolist() == [1, 3]
    trainer.swap_data(replace(document, target=three))
    after = trainer.weights()
    assert after.step == 30
    own, wide = before["net.0.weight"], after.arrays["net.0.weight"]
    np.testing.assert_array_equal(wide[:, [-3, -1]], own[:, -2:])  # those of 1 and 3 are kept
    np.testing.assert_allclose(wide[:, -2], own[:, -2:].mean(1), rtol=1e-5)
    assert trainer.advance(30).mse > 0
    assert with_classes(before, (1, 3))["net.0.weight"] is own


# --- asking -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> LearnedVelocity:
    torch.manual_seed(0)
    return trained(SMALL, 60)


def test_one_class_for_all_each_its_own_and_every_time_agree(small: LearnedVelocity) -> None:
    x, c = torch.randn(600, 2), torch.randint(8, (600,))
    for t in (0.0, 0.3, 1.0):
        each = small.velocity(x, t, c)
        times = small.velocity(x, torch.full((600,), t), c)
        torch.testing.assert_close(each, times, atol=2e-4, rtol=1e-3)
        for k in (0, 5):
            one = small.for_class(k).velocity(x[c == k], t)
            torch.testing.assert_close(each[c == k], one, atol=2e-4, rtol=1e-3)
    assert not torch.allclose(small.velocity(x, 0.5, 0), small.velocity(x, 0.5, 4), atol=0.1)
    assert classes_of(small) == tuple(range(8))


def test_particles_keep_their_class_whatever_the_chunks(small: LearnedVelocity) -> None:
    x, c = torch.randn(500, 2), torch.randint(8, (500,))
    whole = carried(small, x, c, chunk=500)
    torch.testing.assert_close(carried(small, x, c, chunk=77, workers=2), whole, atol=1e-4, rtol=0)
    for k in range(8):
        alone = carried(small, x[c == k], c[c == k])
        torch.testing.assert_close(whole[c == k], alone, atol=1e-4, rtol=0)
    adaptive = integrate(small.velocity, x, Solver(method="dopri5"), condition=c).points[-1]
    fine = integrate(small.velocity, x, Solver(steps=80), condition=c).points[-1]
    assert float((adaptive - fine).norm(dim=1).median()) < 2e-3


def test_the_divergence_is_that_of_the_class(small: LearnedVelocity) -> None:
    x, h, one = torch.randn(40, 2), 1e-2, small.for_class(3)
    _, trace = divergence(one, x, 0.4)
    partials = [
        (one.velocity(x + s, 0.4) - one.velocity(x - s, 0.4))[:, k] / (2 * h)
        for k, s in enumerate(h * torch.eye(2))
    ]
    torch.testing.assert_close(trace, partials[0] + partials[1], atol=0.05, rtol=0.02)


def test_it_needs_a_known_class(small: LearnedVelocity) -> None:
    x = torch.zeros(3, 2)
    with pytest.raises(Invalid, match="must be told which"):
        small.velocity(x, 0.5)
    with pytest.raises(Invalid, match="no class 8"):
        small.for_class(8)
    with pytest.raises(Invalid, match="one for each of the 3"):
        small.velocity(x, 0.5, torch.zeros(2, dtype=torch.int64))
    with pytest.raises(Invalid, match="not conditional"):
        trained(Document(network=Network(width=8)), 1).velocity(x, 0.5, 0)
    with pytest.raises(Invalid, match="switch Conditional off"):
        pairs_of(small, SMALL, 10)


# --- label dropout ------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_a_share_of_classes_is_not_told(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(replace(SMALL, training=Training(batch=64, label_dropout=share)))
    batches, told = trainer._stepper.batches, list[torch.Tensor]()
    prepare = batches._net.prepare

    def noted(x: torch.Tensor, t: torch.Tensor, buffer: object, condition: torch.Tensor) -> object:
        told.append(condition)
        return prepare(x, t, buffer, condition)  # type: ignore[arg-type]

    monkeypatch.setattr(batches._net, "prepare", noted)
    trainer.advance(1)
    (untold,) = (condition == NO_CLASS for condition in told)
    error = (share * (1 - share) / len(untold)) ** 0.5
    assert float(untold.double().mean()) == pytest.approx(share, abs=4 * error)
    trainer.set_training(Training(batch=64, label_dropout=0.9))
    monkeypatch.setattr(trainer._stepper.batches._net, "prepare", noted)
    trainer.advance(1)
    assert float((told[-1] == NO_CLASS).double().mean()) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("kind", ["velocity", "iadb"])
def test_told_no_class_all_points_may_be_asked_at_once(kind: str) -> None:
    document = replace(SMALL, network=replace(SMALL.network, kind=kind, waves="on"))
    field = untrained(document)
    x = torch.randn(40, 2, generator=rng())
    every = field.for_all()
    each = field.velocity(x, 0.4, torch.full((40,), NO_CLASS))
    torch.testing.assert_close(every.velocity(x, 0.4), each, atol=1e-5, rtol=1e-5)
    several = torch.full((40,), 0.4)
    torch.testing.assert_close(every.velocity(x, several), each, atol=1e-5, rtol=1e-5)
    assert float((each - field.for_class(1).velocity(x, 0.4)).abs().max()) > 1e-3
    h = 1e-2
    rise = [
        (every.velocity(x + d, 0.4) - every.velocity(x - d, 0.4)) / (2 * h)
        for d in h * torch.eye(2)
    ]
    jacobian = every.with_jacobian(x, 0.4)[1]
    torch.testing.assert_close(jacobian, torch.stack(rise, 2), atol=2e-2, rtol=2e-2)
    with pytest.raises(Invalid, match="not conditional"):
        untrained(replace(document, network=replace(document.network, conditional=False))).for_all()


def test_by_dropout_the_field_of_all_classes_is_learned_too() -> None:
    target = Mixture(
        means=((-2.0, 0.0), (2.0, 0.0)), covs=((0.2, 0.0, 0.2),) * 2, weights=(0.3, 0.7)
    )
    learned = Training(batch=512, label_dropout=0.3)
    wide = replace(SMALL.network, width=32)
    document = replace(SMALL, target=target, network=wide, training=learned)
    field, exact = trained(document, 500), oracle_for(document)
    assert exact is not None
    x = exact.sample(torch.full((1000,), 0.5), rng())
    v = exact.velocity(x, 0.5)
    off = (field.for_all().velocity(x.float(), 0.5) - v).square().sum(1).mean()
    of_class = (field.velocity(x.float(), 0.5, 1) - v).square().sum(1).mean()
    assert float(off) < 0.04 * float(v.square().sum(1).mean())
    assert float(off) < 0.05 * float(of_class)
