"""Points that a command writes, beside the flow they come from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import flowlab
from flowlab.cli import main
from flowlab.commands.sample import command
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.methods import method_of
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Gaussian
from flowlab.core.document.training import Training
from flowlab.run import Run


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.flowlab"
    document = Document(
        source=Disc(radius=1.0),
        target=Gaussian(offset_x=4.0),
        network=Network(width=8, depth=1),
        training=Training(batch=32),
    )
    flowlab.save(flowlab.train(document, steps=50, seed=0), path)
    return path


def arguments(run: Path, output: Path, **changed: object) -> argparse.Namespace:
    given = {
        "run": str(run), "output": str(output), "n": 40, "method": "euler", "steps": 4,
        "direction": "forward", "seed": 3, "device": "cpu", "json": True, "eps": None,
        "eps_shape": None,
    }  # fmt: skip
    return argparse.Namespace(**{"force": False} | given | changed)


def test_forward_the_points_are_euler_steps_from_the_source(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "x.npy"
    command(arguments(saved, output))
    found, run = np.load(output), flowlab.load(saved)
    assert isinstance(run, Run)
    bundle = flowlab.sample(run, 40, method="euler", steps=4, seed=3)
    x = torch.from_numpy(np.array(bundle.points[0]))
    assert float(x.norm(dim=1).max()) <= 1 + 1e-6
    for k in range(4):
        x = x + run.velocity(x, k / 4) / 4
    np.testing.assert_allclose(found, x, atol=1e-5)
    assert found.dtype == np.float32
    said = json.loads(capsys.readouterr().out)
    assert said == {"n": 40, "evaluations": 4, "seed": 3, "output": str(output)}


def test_back_and_forth_is_where_it_began(saved: Path, tmp_path: Path) -> None:
    """Reversed, points of the target arrive where the forward flow brings them back from."""
    output = tmp_path / "x.npy"
    command(arguments(saved, output, method="rk4", steps=100, direction="reverse"))
    run = flowlab.load(saved)
    assert isinstance(run, Run)
    bundle = flowlab.sample(run, 40, method="rk4", steps=100, direction="reverse", seed=3)
    x = torch.from_numpy(np.load(output))
    for k in range(200):
        half = x + run.velocity(x, k / 200) / 400
        x = x + run.velocity(half, (k + 0.5) / 200) / 200
    np.testing.assert_allclose(x, bundle.points[-1], atol=2e-3)


def test_a_name_that_is_no_table_is_refused_before_anything_is_read(
    saved: Path, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=r"\.npy"):
        command(arguments(saved, tmp_path / "x.csv"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_points_go_to_a_free_one_made_from_the_runs(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["sample", str(saved), "--method", "euler", "--steps", "4"]
    for name in ("run-samples.npy", "run-samples 2.npy"):
        assert main(given) == 0
        assert np.load(name).shape == (1000, 2)
        assert name in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 2


def test_particles_that_left_the_plane_are_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "x.npy"
    given = ["sample", "preset:moons", "--method", "euler_maruyama", "--eps", "1000"]
    assert main([*given, "--steps", "8", "-n", "50", "-o", str(output)]) == 2
    said = capsys.readouterr().err
    assert "particles left the plane" in said
    assert "more steps or a smaller eps" in said
    assert not output.exists()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("euler-maruyama", "euler_maruyama"),
        ("Euler–Maruyama", "euler_maruyama"),
        ("Stochastic Heun", "stochastic_heun"),
        ("Dormand-Prince", "dopri5"),
        ("rk45", "dopri5"),
        ("eulr", "euler"),
    ],
)
def test_an_unknown_method_is_answered_with_all_and_the_nearest(
    saved: Path, given: str, meant: str
) -> None:
    run = flowlab.load(saved)
    with pytest.raises(Invalid, match=f"did you mean '{meant}'") as caught:
        flowlab.sample(run, 4, method=given)  # type: ignore[arg-type]
    for name in ("euler", "midpoint", "heun", "rk4", "dopri5", "euler_maruyama", "stochastic_heun"):
        assert name in str(caught.value)


def test_a_method_unlike_any_is_answered_with_all() -> None:
    with pytest.raises(Invalid, match=r"no method 7; take one of these.*dopri5.*stochastic_heun"):
        method_of(7)
    assert method_of("RK4") == "rk4"


def test_the_command_of_an_sde_works_with_its_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["preset:moons", "--method", "euler_maruyama", "--eps", "2", "--steps", "80"]
    assert main(["sample", *given]) == 0
    assert np.isfinite(np.load("moons-samples.npy")).all()
