"""Diffusion models as scripts and the command line sample them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import flowlab
from flowlab.cli import main
from flowlab.core.diffusion.settings import DIFFUSION_METHODS
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.methods import uses_walls
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Gaussian
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.lost import LostParticles
from flowlab.run import Run
from tests.helpers.noise_models import DATA, NOISE, TWO

DOCUMENT = Document(
    source=NOISE, target=DATA, network=Network(width=8, depth=1), training=Training(batch=32)
)


@pytest.fixture(scope="module")
def run() -> Run:
    return flowlab.train(DOCUMENT, steps=20)


@pytest.mark.parametrize("method", DIFFUSION_METHODS)
def test_every_method_samples_a_run_and_an_oracle(method: str, run: Run) -> None:
    for of in (run, flowlab.oracle(DOCUMENT)):
        one, again, other = (
            flowlab.sample(of, 30, method=method, steps=10, seed=seed) for seed in (0, 0, 1)
        )
        assert (one.times[0], one.times[-1]) == (0.0, 1.0)
        assert one.points.shape == (11, 30, 2)
        np.testing.assert_array_equal(one.points, again.points)
        assert not np.array_equal(one.points, other.points)
        assert one.method == method


def test_data_brought_to_the_noise_end_where_they_are() -> None:
    """Even of a schedule so short that they would be missed by far, and far from the noise."""
    document = Document(target=Gaussian(std_x=0.1, std_y=0.1, offset_x=20.0))
    exact = flowlab.oracle(document)
    how = {"method": "ddpm", "T": 100, "seed": 1}
    brought = flowlab.sample(exact, 500, standardise=True, **how).points  # type: ignore[arg-type]
    assert np.abs(brought[-1].mean(0) - (20.0, 0.0)).max() < 0.03
    assert np.abs(brought[-1].std(0) - 0.1).max() < 0.02
    long = {**how, "T": 1000, "steps": 10}  # of which next to nothing of the data is left
    begun = flowlab.sample(exact, 500, standardise=True, **long).points[0]  # type: ignore[arg-type]
    assert np.abs(begun.mean(0)).max() < 20 * 0.1
    missed = flowlab.sample(exact, 500, **how).points  # type: ignore[arg-type]
    assert abs(missed[-1].mean(0)[0] - 20.0) > 0.05


def test_in_reverse_data_are_noised(run: Run) -> None:
    bundle = flowlab.sample(run, 2000, method="ddpm", direction="reverse", steps=20)
    assert (bundle.times[0], bundle.times[-1]) == (0.0, 1.0)
    assert bundle.evaluations == 0
    for end, shape in ((0, NOISE), (-1, DATA)):
        expected = flowlab.distribution(shape).sample(2000).mean(0)
        np.testing.assert_allclose(bundle.points[end].mean(0), expected, atol=0.12)
    with pytest.raises(Invalid, match="in reverse"):
        flowlab.sample(run, 10, method="ddim", direction="reverse")


def test_the_flow_between_walls_is_that_of_documents_that_use_them() -> None:
    plain = Document(target=named("two_moons"))
    walled = Document(target=named("two_moons"), reflected=Reflected(width=8.0))
    opened = Document(target=named("two_moons"), view=View(name="reflected_sampling"))
    learned = Document(network=Network(predicts="score_between_walls"))
    assert [uses_walls(each) for each in (plain, walled, opened, learned)] == [
        False, True, True, True,
    ]  # fmt: skip
    inside = flowlab.sample(flowlab.oracle(walled), 50, method="pf_ode", steps=5).points[0]
    assert np.abs(inside).max() <= 4.0
    assert np.abs(inside).mean() > 1.6  # uniform in the square, of a mean of 2
    exact = flowlab.oracle(walled)
    free = flowlab.sample(exact, 50, method="pf_ode", steps=5, schedule="vp")
    same = flowlab.sample(flowlab.oracle(plain), 50, method="pf_ode", steps=5, schedule="vp")
    np.testing.assert_array_equal(free.points, same.points)
    np.testing.assert_array_equal(free.points[0], flowlab.sample(exact, 50, steps=1).points[0])


def test_what_can_t_be_is_refused_in_a_sentence(run: Run) -> None:
    with pytest.raises(Invalid, match="eta belongs to a diffusion model: take ddpm"):
        flowlab.sample(run, 10, eta=0.5)
    with pytest.raises(Invalid, match="eps and eps_shape belong to an SDE"):
        flowlab.sample(run, 10, method="ddpm", eps=1.0)
    with pytest.raises(Invalid, match="choose one Gaussian as the source"):
        flowlab.sample(flowlab.oracle(Document(source=Disc())), 10, method="ddpm")
    with pytest.raises(Invalid, match="GB of memory"):
        flowlab.sample(run, 1_000_000, method="ddpm")


def test_a_step_of_langevin_dynamics_that_is_too_long_is_told(run: Run) -> None:
    with pytest.warns(LostParticles, match="take a smaller step_size"):
        flowlab.sample(run, 10, method="langevin", step_size=100.0, steps=200)
    ve = flowlab.sample(run, 10, method="reverse_sde", kind="ve", steps=10)
    assert np.abs(ve.points[0]).max() > 20  # of a variance that explodes, which is no loss


def test_the_command_takes_the_same_options(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flowlab.save(run, "run.flowlab")
    given = ["sample", "run.flowlab", "-n", "20", "--steps", "10", "-o"]
    assert main([*given, "a.npy", "--method", "ddim", "--eta", "0.5", "--T", "100"]) == 0
    bundle = flowlab.sample(run, 20, method="ddim", eta=0.5, steps=10, T=100)
    np.testing.assert_array_equal(np.load("a.npy"), bundle.points[-1])
    assert main([*given, "b.npy", "--method", "langevin", "--sigmas", "3,1,.3"]) == 0
    assert main([*given, "c.npy", "--method", "ddpm", "--standardise", "--clamp", "9"]) == 0
    assert main([*given, "d.npy", "--method", "heun", "--T", "9"]) == 2
    assert not Path("d.npy").exists()


def test_guided_samples_of_a_run_an_oracle_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = replace(DOCUMENT.network, conditional=True)
    document = replace(
        DOCUMENT, target=TWO, network=told, training=Training(batch=32, label_dropout=0.2)
    )
    conditional = flowlab.train(document, steps=20)
    for of in (conditional, flowlab.oracle(document)):
        for method in DIFFUSION_METHODS:
            how = {"method": method, "steps": 5, "label": 0, "guidance": 3}
            bundle = flowlab.sample(of, 20, **how)  # type: ignore[arg-type]
            assert np.isfinite(bundle.points).all()
            assert bundle.labels is not None
            assert set(bundle.labels) == {0}
    several = flowlab.sample(conditional, 40, method="ddim", steps=5, guidance=3)
    assert set(several.labels) == {0, 1}  # type: ignore[arg-type]
    flowlab.save(conditional, "run.flowlab")
    given = ["sample", "run.flowlab", "-n", "20", "--steps", "5", "--label", "1", "-o"]
    how = {"method": "ddim", "steps": 5, "label": 1, "guidance": 2.5, "interval": (0.2, 0.8)}
    guided = [*given, "a.npy", "--method", "ddim", "--guidance", "2.5", "--interval", ".2,.8"]
    assert main(guided) == 0
    expected = flowlab.sample(conditional, 20, **how).points[-1]  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load("a.npy"), expected)
    assert main([*given, "b.npy", "--method", "heun"]) == 2
    with pytest.raises(Invalid, match="both name a class"):
        flowlab.sample(conditional, 5, method="ddim", label=1, condition=1)
    with pytest.raises(Invalid, match="no class 9"):
        flowlab.sample(conditional, 5, method="ddim", label=9)
    with pytest.raises(Invalid, match="label belongs to a diffusion model"):
        flowlab.sample(conditional, 5, label=1)
