"""The names of `import flowlab`, as a script uses them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.document.recipes import NOTEBOOK, RECIPES
from flowlab.core.document.shapes import Mixture, Moons, Polygon

TRIANGLE = [(0.0, 0.0), (2.0, 0.0), (0.0, 1.0)]
TINY = {"network": {"width": 8, "depth": 1}, "training": {"batch": 32}}


@pytest.fixture(scope="module")
def run() -> flowlab.Run:
    """Gaussian to Gaussian: preconditioning is exact there, and so slow a rate leaves it alone."""
    target = ("gaussian", {"mean": (3.0, 0.0), "std": 2.0})
    slow = TINY | {"training": {"batch": 32, "learning_rate": 1e-6}}
    return flowlab.train(flowlab.Document(target=target, seed=4, **slow), steps=40)


def test_a_network_is_trained_on_one_thread_whatever_a_script_s_torch_has() -> None:
    """Two threads took 30 times as long where one of two cores was busy."""
    torch.set_num_threads(2)
    seen: list[int] = []
    document = flowlab.Document(target="moons", **TINY)
    flowlab.train(document, steps=2, progress=lambda _: seen.append(torch.get_num_threads()))
    assert set(seen) == {1}
    assert torch.get_num_threads() == 2


def test_importing_is_cheap() -> None:
    code = (
        "import sys, flowlab\n"
        "flowlab.presets(), flowlab.Document(target='moons')\n"
        "print([m for m in ('torch', 'scipy', 'PySide6', 'pyqtgraph') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_face_is_there() -> None:
    for name in flowlab.__all__:
        assert getattr(flowlab, name) is not None
    assert set(flowlab.__all__) == set(dir(flowlab))
    with pytest.raises(AttributeError, match="teapot"):
        _ = flowlab.teapot


def test_every_preset_opens_by_its_name() -> None:
    for name in flowlab.presets():
        document = flowlab.load(f"preset:{name}")
        published = document.view.name in ("mapping", "conditions")
        assert document.network.kind == ("iadb" if published else "velocity")


def test_presets_with_the_same_ends_are_told_apart() -> None:
    few, many = (flowlab.load(f"preset:chain of {n} steps") for n in (6, 500))
    assert (few.blending.steps, many.blending.steps) == (6, 500)
    assert flowlab.load("preset:random pairs").view.name == "blending"


@pytest.mark.parametrize(
    "spec",
    [
        ("polygon", {"vertices": TRIANGLE}),
        ["polygon", {"vertices": TRIANGLE}],
        {"kind": "polygon", "vertices": TRIANGLE},
        {"name": "polygon", "vertices": TRIANGLE},
        Polygon(vertices=tuple(TRIANGLE)),
        flowlab.distribution("polygon", vertices=TRIANGLE),
    ],
)
def test_a_document_takes_specs_of_every_form(spec: object) -> None:
    document = flowlab.Document(source="gaussian", target=spec, seed=1)
    assert document.target == Polygon(vertices=tuple(TRIANGLE))
    assert document.seed == 1


def test_a_document_takes_groups_and_recipes() -> None:
    document = flowlab.Document(
        target="two moons", recipe="IADB tutorial", training={"batch": 99}, solver={"steps": 3}
    )
    assert document.target == Moons()
    assert document.network.kind == "iadb"
    assert document.training == replace(RECIPES["IADB tutorial"][1], batch=99)
    assert document.solver.steps == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"target": "teapot"}, "teapot"),
        ({"target": 3}, "3"),
        ({"target": ("polygon", 3)}, "name"),
        ({"target": ()}, "name"),
        ({"target": {"radius": 1.0}}, "kind"),
        ({"target": np.zeros((4, 2))}, "not an ndarray of shape (4, 2)"),
        ({"target": ("mixture", {"means": [(0, 0), (1, 0), (2, 0)]})}, "Give stds or covs"),
        ({"colour": 3}, "colour"),
        ({"recipe": "Soup"}, "Soup"),
        ({"solver": {"stride": 3}}, "stride"),
        ({"solver": 3}, "Solver"),
        ({"seed": -1}, "Seed"),
    ],
)
def test_a_wrong_document_is_refused_in_words(arguments: dict, said: str) -> None:
    with pytest.raises(flowlab.Invalid, match=r"\.$") as caught:
        flowlab.Document(**arguments)
    assert said in str(caught.value)


def test_a_distribution_samples_by_its_generator() -> None:
    law = flowlab.distribution("polygon", vertices=TRIANGLE)
    x = law.sample(500, torch.Generator().manual_seed(3))
    assert x.shape == (500, 2)
    assert x.dtype == torch.float32
    assert bool(((x >= -1e-6).all(1) & (x[:, 0] / 2 + x[:, 1] <= 1 + 1e-6)).all())
    inside = law.log_prob(torch.tensor([[0.2, 0.2], [5.0, 5.0]]))
    torch.testing.assert_close(inside, torch.tensor([0.0, -torch.inf]))  # its area is 1


def test_a_distribution_needs_no_generator_and_reads_any_rows() -> None:
    law = flowlab.distribution("polygon", vertices=TRIANGLE)
    torch.manual_seed(5)
    first = law.sample(6)
    torch.manual_seed(5)
    torch.testing.assert_close(law.sample(6, None), first)
    rows = [[0.2, 0.2], [5.0, 5.0]]
    for given in (rows, np.array(rows), torch.tensor(rows, dtype=torch.float64)):
        torch.testing.assert_close(law.log_prob(given), torch.tensor([0.0, -torch.inf]))
    for wrong in (-1, 2.5, True):
        with pytest.raises(flowlab.Invalid, match="whole number"):
            law.sample(wrong)
    with pytest.raises(flowlab.Invalid, match=r"torch\.Generator"):
        law.sample(3, 7)


def test_numbers_of_numpy_and_torch_are_numbers(run: flowlab.Run) -> None:
    document = flowlab.Document(
        training={"batch": np.int64(32), "learning_rate": torch.tensor(1e-3)}, seed=np.int64(4)
    )
    assert (document.seed, document.training.batch) == (4, 32)
    bundle = flowlab.sample(run, np.int64(6), steps=np.int64(2), seed=np.int64(5), method="RK4")
    np.testing.assert_array_equal(
        bundle.points, flowlab.sample(run, 6, steps=2, seed=5, method="rk4").points
    )


def test_names_are_taken_loosely() -> None:
    assert flowlab.Document(target="Gaussian mixture").target == Mixture()
    for name in (NOTEBOOK, "interpolants notebook", "seed notebook", "Seed notebook"):
        assert flowlab.Document(recipe=name).training == RECIPES[NOTEBOOK][1]


@pytest.mark.parametrize("given", ["preset:moons", None, 3])
def test_only_documents_are_trained(given: object) -> None:
    with pytest.raises(flowlab.Invalid, match="Give a document"):
        flowlab.train(given, steps=1)
    with pytest.raises(flowlab.Invalid, match="Give a document"):
        flowlab.oracle(given)


def test_divergence_keeps_the_last_good_weights() -> None:
    wild = {"optimiser": "sgd", "learning_rate": 10.0, "batch": 32}
    document = flowlab.Document(network={"width": 8, "depth": 1}, training=wild)
    with pytest.raises(flowlab.Diverged, match="diverged") as caught:
        flowlab.train(document, steps=5000)
    last = flowlab.Run(document=document, weights=caught.value.weights)
    assert bool(last.velocity(torch.randn(20, 2), 0.5).isfinite().all())


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_a_run_and_its_oracle_start_from_the_same_points(run: flowlab.Run, direction: str) -> None:
    start = 0 if direction == "forward" else -1
    learned, exact = (
        flowlab.sample(flow, 50, steps=2, seed=3, direction=direction).points[start]
        for flow in (run, flowlab.oracle(run))
    )
    np.testing.assert_array_equal(learned, exact)


def test_distances_take_tensors_arrays_and_lists() -> None:
    x, y = torch.randn(30, 2), torch.randn(30, 2) + 1
    for distance in (flowlab.metrics.sliced_w2, flowlab.metrics.energy_distance):
        expected = pytest.approx(distance(x, y), rel=1e-5)
        assert distance(x.numpy(), y) == expected
        assert distance(x.double(), y.tolist()) == expected
        with pytest.raises(flowlab.Invalid, match=r"\(n, 2\)"):
            distance(x, torch.zeros(4, 3))
    assert flowlab.metrics.exact_w2([[0.0, 1.0]], [[3.0, 5.0]]) == pytest.approx(5.0)


def test_a_run_survives_a_file(run: flowlab.Run, tmp_path: Path) -> None:
    flowlab.save(run, tmp_path / "run.flowlab")
    back = flowlab.load(tmp_path / "run.flowlab")
    x = torch.randn(50, 2)
    assert isinstance(back, flowlab.Run)
    torch.testing.assert_close(back.velocity(x, 0.3), run.velocity(x, 0.3))
    assert back.weights.step == 40
    assert set(back.losses) == set(run.losses)
    for name, values in run.losses.items():
        np.testing.assert_array_equal(back.losses[name], values)
    flowlab.save(run.document, tmp_path / "document.flowlab")
    assert flowlab.load(tmp_path / "document.flowlab") == run.document
    with pytest.raises(flowlab.Invalid, match="not 3"):
        flowlab.save(3, tmp_path / "x.flowlab")  # type: ignore[arg-type]


def test_the_losses_are_those_of_each_block(run: flowlab.Run) -> None:
    assert set(run.losses) == {"step", "mse", "quadratic"}
    assert run.losses["step"][-1] == 40
    assert all(len(values) == len(run.losses["step"]) for values in run.losses.values())


def test_training_by_seed_is_repeatable_and_seeds_differ() -> None:
    document = flowlab.Document(target="moons", **TINY)
    a, b, c = (flowlab.train(document, steps=5, device="cpu", seed=s) for s in (1, 1, 2))
    x = torch.randn(20, 2)
    assert torch.equal(a.velocity(x, 0.5), b.velocity(x, 0.5))
    assert not torch.equal(a.velocity(x, 0.5), c.velocity(x, 0.5))
    assert a.document.seed == 1


def test_progress_is_told_while_training() -> None:
    seen: list[int] = []
    document = flowlab.Document(target="moons", **TINY)
    flowlab.train(document, steps=50, progress=lambda p: seen.append(p.step))
    assert seen[-1] == 50
    assert seen == sorted(seen)


@pytest.mark.parametrize("budget", [{"steps": 0}, {"seconds": 0.0}, {"seconds": float("nan")}])
def test_a_budget_of_nothing_is_refused(budget: dict) -> None:
    with pytest.raises(flowlab.Invalid):
        flowlab.train(flowlab.Document(**TINY), **budget)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(flowlab.Invalid, match="no device"):
        flowlab.train(flowlab.Document(**TINY), steps=1, device="warp")


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("kind", ["run", "oracle"])
def test_samples_arrive_at_the_other_end(run: flowlab.Run, direction: str, kind: str) -> None:
    flow = run if kind == "run" else flowlab.oracle(run.document)
    bundle = flowlab.sample(flow, 4000, steps=20, seed=2, direction=direction)
    assert bundle.times.shape == (21,)
    assert bundle.points.shape == (21, 4000, 2)
    assert (bundle.times[0], bundle.times[-1]) == (0.0, 1.0)
    assert bundle.evaluations == 40
    for points, mean, std in ((bundle.points[0], 0.0, 1.0), (bundle.points[-1], 3.0, 2.0)):
        np.testing.assert_allclose(points.mean(0), [mean, 0.0], atol=0.2)
        np.testing.assert_allclose(points.std(0), [std, std], rtol=0.1)


def test_samples_hang_on_the_seed_alone(run: flowlab.Run) -> None:
    a, b, c = (flowlab.sample(run, 10, steps=2, seed=s).points for s in (5, 5, 6))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize(
    "arguments",
    [{"n": 0}, {"n": 2.5}, {"n": 5, "seed": -1}, {"n": 5, "method": "magic"}, {"n": 5, "steps": 0}],
)
def test_wrong_samples_are_refused(run: flowlab.Run, arguments: dict) -> None:
    with pytest.raises(flowlab.Invalid):
        flowlab.sample(run, **arguments)


def test_the_score_is_the_exact_one_where_the_velocity_is(run: flowlab.Run) -> None:
    exact = flowlab.oracle(run.document)
    x, t = torch.randn(200, 2), torch.rand(200) * 0.9
    torch.testing.assert_close(run.velocity(x, t), exact.velocity(x, t), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(run.score(x, t), exact.score(x, t), atol=0.01, rtol=1e-3)


def test_the_score_is_refused_where_it_does_not_follow(run: flowlab.Run) -> None:
    with pytest.raises(flowlab.Invalid, match="t < 1"):
        run.score(torch.zeros(1, 2), 1.0)
    other = flowlab.train(flowlab.Document(source="moons", **TINY), steps=1)
    with pytest.raises(flowlab.Invalid, match="one Gaussian"):
        other.score(torch.zeros(1, 2), 0.5)


def test_points_and_times_of_the_wrong_form_are_refused(run: flowlab.Run) -> None:
    with pytest.raises(flowlab.Invalid, match=r"\(n, 2\)"):
        run.velocity(torch.zeros(3), 0.5)
    with pytest.raises(flowlab.Invalid, match="one for each of the 3 points"):
        run.velocity(torch.zeros(3, 2), torch.zeros(2))


def test_the_oracle_says_which_pairs_it_knows() -> None:
    with pytest.raises(flowlab.Invalid, match="independent pairs only"):
        flowlab.oracle(flowlab.Document(coupling={"kind": "ot"}))
    assert flowlab.oracle(flowlab.Document(target="moons")).facts.kind == "grid"
    oracle = flowlab.oracle(flowlab.Document(target="mixture"))
    assert oracle.facts.exact
    x = np.zeros((3, 2))
    assert oracle.velocity(x, 0.5).shape == (3, 2)
    assert oracle.density(x, 0.5).shape == (3,)
    x0, x1 = oracle.pairs(x, 0.5, 7)
    torch.testing.assert_close(0.5 * (x0 + x1), torch.zeros(3, 7, 2, dtype=x0.dtype))
    t = torch.tensor([0.0, 0.4, 1.0])
    x0, x1 = oracle.pairs(x, t, 7)
    blend = torch.lerp(x0, x1, t.double()[:, None, None])
    torch.testing.assert_close(blend, torch.zeros_like(blend))


def test_the_oracle_refuses_points_and_times_of_the_wrong_form() -> None:
    oracle = flowlab.oracle(flowlab.Document(target="mixture"))
    for ask in (oracle.velocity, oracle.score, oracle.density):
        with pytest.raises(flowlab.Invalid, match=r"\(n, 2\)"):
            ask([0.0, 1.0], 0.5)
        with pytest.raises(flowlab.Invalid, match="one for each of the 3 points"):
            ask(torch.zeros(3, 2), torch.zeros(2))
    with pytest.raises(flowlab.Invalid, match="n, how many pairs"):
        oracle.pairs(torch.zeros(3, 2), 0.5, 0)


def test_a_conditional_run_is_asked_for_a_class() -> None:
    document = flowlab.Document(
        target=("ring", {"count": 3, "std": 0.3}),
        network={"conditional": True, "width": 24, "waves": "off"},
    )
    run = flowlab.train(document, steps=400)
    angle = 2 * np.pi / 3
    middle = 5 * np.array([np.sin(angle), np.cos(angle)])
    arrived = flowlab.sample(run, 400, condition=1)
    assert arrived.labels is not None
    assert set(arrived.labels) == {1}
    near = np.linalg.norm(arrived.points[-1] - middle, axis=1) < 2.5
    assert near.mean() > 0.95
    each = np.arange(400) % 3
    both = flowlab.sample(run, 400, condition=each)
    assert np.array_equal(both.labels, each)
    np.testing.assert_allclose(both.points[-1][each == 1], arrived.points[-1][each == 1], atol=1e-3)
    drawn = flowlab.sample(run, 600).labels
    assert np.bincount(drawn).tolist() == pytest.approx([200] * 3, abs=50)
    x = np.zeros((2, 2))
    one = run.velocity(x, 0.0, condition=[0, 1])
    exact = flowlab.oracle(run, condition=1).velocity(x, 0.0)
    assert float((one[1] - exact[1]).norm()) < 0.2 * float(exact[1].norm())
    assert run.score(x, 0.5, condition=2).shape == (2, 2)


def test_conditions_that_are_none() -> None:
    plain = flowlab.train(flowlab.Document(network={"width": 8}), steps=1)
    told = flowlab.train(flowlab.Document(network={"width": 8, "conditional": True}), steps=1)
    for ask, words in (
        (lambda: plain.velocity(np.zeros((1, 2)), 0.5, condition=0), "not conditional"),
        (lambda: flowlab.sample(plain, 3, condition=0), "not conditional"),
        (lambda: told.velocity(np.zeros((1, 2)), 0.5), "must be told which"),
        (lambda: told.velocity(np.zeros((1, 2)), 0.5, condition=8), "out of 0, 1"),
        (lambda: told.velocity(np.zeros((2, 2)), 0.5, condition=[1, 2, 3]), "that of each point"),
        (lambda: flowlab.sample(told, 3, condition=-1), "out of 0, 1"),
        (lambda: flowlab.sample(flowlab.oracle(plain), 3, condition=0), "flowlab.oracle"),
        (lambda: flowlab.oracle(told, condition=9), "class 9"),
        (lambda: flowlab.reflow(told), "switch Conditional off"),
        (
            lambda: flowlab.train(
                flowlab.Document(target="gaussian", network={"conditional": True}), steps=1
            ),
            "has no classes",
        ),
    ):
        with pytest.raises(flowlab.Invalid, match=words):
            ask()


def test_what_readme_names_is_there_after_one_import() -> None:
    script = (
        "import flowlab; flowlab.core.blending.chain('triangle', 'rhombus', n=3, steps=2);"
        "flowlab.core.blending.tangent.grid_field; flowlab.core.exact.oracle_for"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = flowlab.core.nothing


def test_points_of_a_file_become_a_shape_of_a_document(tmp_path):
    (tmp_path / "a.csv").write_text("kind;lat;lon\ndog;1,5;2\ncat;3;4,25\ndog;0,5;1\n")
    points = flowlab.read_points(tmp_path / "a.csv")
    assert points.points.values.tolist() == [[2, 1.5], [4.25, 3], [1, 0.5]]  # lon is x, lat is y
    assert points.labels.values.tolist() == [1, 0, 1]
    assert flowlab.Document(target=points).target == points
    assert flowlab.distribution(points).labels is not None
    chosen = {"x": "lat", "y": 3, "label": False, "separator": ";", "decimal": ",", "header": True}
    turned = flowlab.read_points(tmp_path / "a.csv", **chosen, flip_y=True)
    assert turned.points.values.tolist() == [[1.5, -2], [3, -4.25], [0.5, -1]]
    assert turned.labels is None
    (tmp_path / "gaps.csv").write_text("x,y\n1,2\n,3\n4,5\n")
    with pytest.raises(flowlab.Invalid, match="1 of 3 rows of gaps"):
        flowlab.read_points(tmp_path / "gaps.csv")
    left = flowlab.read_points(tmp_path / "gaps.csv", empty="skip")
    assert left.points.values.tolist() == [[1, 2], [4, 5]]
    with pytest.raises(flowlab.Invalid, match="'skip' or 'refuse'"):
        flowlab.read_points(tmp_path / "gaps.csv", empty=None)
    with pytest.raises(flowlab.Invalid, match="no column 'z'"):
        flowlab.read_points(tmp_path / "a.csv", x="z")
