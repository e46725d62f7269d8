"""`flowlab.sample` with an SDE: same seed, same paths; refined by more steps; refusals in words."""

from __future__ import annotations

import math

import numpy as np
import pytest

import flowlab
from flowlab.core.document.limits import Invalid
from flowlab.core.stochastic.sampling import SdeSolver
from flowlab.run import Run


@pytest.fixture(scope="module")
def run() -> Run:
    document = flowlab.Document(source="gaussian", target="moons", seed=1)
    return flowlab.train(document, steps=60, device="cpu")


def ends(run: object, **how: object) -> np.ndarray:
    bundle = flowlab.sample(run, 400, method="euler_maruyama", **how)  # type: ignore[arg-type]
    return np.asarray(bundle.points[-1])


def test_a_run_and_the_oracle_start_alike_and_have_the_defaults_of_the_notebook(run: Run) -> None:
    learned, exact = (
        flowlab.sample(given, 50, method="euler_maruyama")
        for given in (run, flowlab.oracle(run.document))
    )
    assert np.array_equal(learned.points[0], exact.points[0])
    assert len(learned.times) == 81
    assert (learned.evaluations, learned.method) == (80, "euler_maruyama")
    assert learned.step == 60
    assert flowlab.sample(run, 50).points.shape[0] == 51  # an ODE's own default


def test_one_seed_is_one_set_of_paths_and_another_is_not(run: Run) -> None:
    assert np.array_equal(ends(run, seed=3), ends(run, seed=3))
    assert not np.allclose(ends(run, seed=3), ends(run, seed=4))


def test_twice_the_steps_refine_the_paths_that_other_steps_do_not(run: Run) -> None:
    coarse, fine, other = (ends(run, steps=steps) for steps in (40, 160, 150))
    assert np.abs(coarse - fine).mean() < 0.1 * np.abs(coarse - other).mean()


def test_the_paths_change_with_eps_and_with_its_shape(run: Run) -> None:
    straight = ends(run, eps=0.0)
    assert np.abs(ends(run, eps=1e-4) - straight).mean() < 0.05
    assert np.abs(ends(run, eps=2.0) - straight).mean() > 0.3
    drawn = ends(run, eps=2.0, eps_shape=[(0, 1), (1, 0)])
    assert np.allclose(drawn, ends(run, eps=2.0, eps_shape="alpha"), atol=0.2)


def test_backwards_it_arrives_at_the_source(run: Run) -> None:
    exact = flowlab.oracle(run.document)
    bundle = flowlab.sample(exact, 4000, method="stochastic_heun", direction="reverse", steps=80)
    source = np.asarray(bundle.points[0])
    assert np.abs(source.mean(0)).max() < 4 / math.sqrt(4000)
    assert np.abs(np.cov(source.T) - np.eye(2)).max() < 5 * math.sqrt(2 / 4000)


def test_an_oracle_of_no_document_is_sampled_where_its_score_is_known() -> None:
    from flowlab.core.distributions.factory import build
    from flowlab.core.document.shapes import Mixture, Ring
    from flowlab.core.exact.mixture import MixtureOracle
    from flowlab.core.interpolants.paths import LINEAR

    ends = [build(shape).mixture() for shape in (Mixture(), Ring())]
    oracle = MixtureOracle(ends[0], ends[1], LINEAR)  # type: ignore[arg-type]
    bundle = flowlab.sample(oracle, 30, method="euler_maruyama", steps=10)
    assert np.isfinite(bundle.points).all()


def test_of_a_class_and_of_all_classes() -> None:
    document = flowlab.Document(
        source="gaussian", target="eight_gaussians", network={"conditional": True}
    )
    run = flowlab.train(document, steps=20, device="cpu")
    every = flowlab.sample(run, 60, method="stochastic_heun", steps=4)
    assert every.labels is not None
    assert len(set(every.labels.tolist())) == 8
    one = flowlab.sample(run, 60, method="stochastic_heun", steps=4, condition=3)
    assert set(one.labels.tolist()) == {3}  # type: ignore[union-attr]
    same = every.labels == 3
    assert np.allclose(one.points[-1][same], every.points[-1][same], atol=1e-4)


NEEDS = "one Gaussian drawn independently of the target"


@pytest.mark.parametrize(
    ("parts", "how", "words"),
    [
        ({"coupling": {"kind": "ot"}}, {}, NEEDS),
        ({"coupling": {"kind": "sinkhorn"}}, {}, NEEDS),
        ({"source": "triangle"}, {}, NEEDS),
        ({"source": "mixture"}, {}, NEEDS),
        ({}, {"eps": -1}, "level of noise"),
        ({}, {"eps": math.nan}, "level of noise"),
        ({}, {"eps": "much"}, "level of noise"),
        ({}, {"eps_shape": "gamma"}, "latent noise"),
        ({}, {"eps_shape": "triangle"}, "no eps_shape 'triangle'"),
        ({}, {"steps": 0}, "number of steps"),
        ({}, {"steps": 2.5}, "number of steps"),
        ({}, {"direction": "sideways"}, "no direction 'sideways'"),
        ({}, {"method": "heun", "eps": 2}, "belong to an SDE"),
        ({}, {"method": "milstein"}, "milstein"),
    ],
)
def test_refusals(parts: dict[str, object], how: dict[str, object], words: str) -> None:
    document = flowlab.Document(**{"source": "gaussian", "target": "moons"} | parts)  # type: ignore[arg-type]
    run = flowlab.train(document, steps=1, device="cpu")
    with pytest.raises(Invalid, match=words):
        flowlab.sample(run, 20, **{"method": "euler_maruyama"} | how)  # type: ignore[arg-type]


def test_pairs_of_a_reflow_are_refused_too(run: Run) -> None:
    again = flowlab.train(flowlab.reflow(run, 200), steps=1, device="cpu")
    with pytest.raises(Invalid, match=NEEDS):
        flowlab.sample(again, 20, method="euler_maruyama")


def test_more_than_fits_is_refused_before_it_begins(run: Run) -> None:
    with pytest.raises(Invalid, match="GB of memory"):
        flowlab.sample(run, 10**7, method="euler_maruyama", steps=640)


def test_a_method_that_is_none_of_an_sde_is_refused() -> None:
    with pytest.raises(Invalid, match="method of an SDE"):
        SdeSolver(method="heun")
