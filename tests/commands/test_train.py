"""The figures of a training, each beside what it says it is."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import flowlab
from flowlab.commands.train import command, figures_of
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.run import Run
from tests.helpers.learned_score import learns_score

DOCUMENT = Document(
    target=Gaussian(std_x=0.5, offset_x=3.0),
    network=Network(width=16, depth=2),
    training=Training(batch=64),
)


@pytest.fixture(scope="module")
def run() -> Run:
    return flowlab.train(DOCUMENT, steps=400, seed=0)


def test_the_velocity_error_is_that_at_samples_of_the_path(run: Run) -> None:
    """rms|v - v*| / rms|v*| at points drawn here, pair by pair."""
    rng = torch.Generator().manual_seed(5)
    n = 40_000
    t = torch.rand(n, generator=rng).double()
    x0 = torch.randn(n, 2, generator=rng).double()
    x1 = torch.randn(n, 2, generator=rng).double() * torch.tensor([0.5, 1.0]) + torch.tensor(
        [3.0, 0]
    )
    x = (1 - t)[:, None] * x0 + t[:, None] * x1
    var = (1 - t)[:, None] ** 2 + (t[:, None] * torch.tensor([0.5, 1.0])) ** 2
    mean = torch.tensor([3.0, 0.0]).double()
    pull = (t[:, None] * torch.tensor([0.25, 1.0]) - (1 - t)[:, None]) / var
    exact = mean + pull * (x - t[:, None] * mean)
    learned = run.velocity(x.float(), t.float()).double()
    true = float(((learned - exact).square().sum() / exact.square().sum()).sqrt())
    assert figures_of(run)["velocity_error"] == pytest.approx(true, rel=0.05)


def test_steps_loss_and_distance_are_told_as_they_are(run: Run) -> None:
    figures = figures_of(run)
    assert (figures["steps"], figures["seed"], figures["device"]) == (400, 0, run.device)
    assert figures["steps_per_second"] == pytest.approx(400 / run.weights.seconds)
    last = run.losses["mse"][-max(1, len(run.losses["mse"]) // 10) :]
    assert figures["loss"] == pytest.approx(last.mean())
    assert figures["sliced_w2"] > figures["sliced_w2_floor"] > 0
    errors = figures["standard_errors"]
    assert set(errors) >= {"loss", "sliced_w2", "sliced_w2_floor", "velocity_error"}
    assert errors["loss"] == pytest.approx(last.std(ddof=1) / np.sqrt(len(last)), rel=1e-3)
    json.dumps(figures, allow_nan=False)


def test_a_perfect_flow_ends_at_the_noise_floor() -> None:
    """A source that is the target already: nothing to learn but standing still."""
    still = Document(source=Gaussian(), target=Gaussian(), network=Network(width=16, depth=2))
    figures = figures_of(flowlab.train(still, steps=600, seed=0))
    assert figures["sliced_w2"] < 4 * figures["sliced_w2_floor"]


def test_a_reversed_solver_still_arrives_at_the_target(run: Run) -> None:
    turned = replace(run.document, solver=replace(run.document.solver, direction="reverse"))
    assert figures_of(replace(run, document=turned))["sliced_w2"] == pytest.approx(
        figures_of(run)["sliced_w2"]
    )


def test_of_classes_the_error_is_that_of_each_class() -> None:
    conditional = replace(
        DOCUMENT, target=Ring(count=3), network=Network(width=16, depth=2, conditional=True)
    )
    figures = figures_of(flowlab.train(conditional, steps=30, seed=0))
    assert 0 < figures["velocity_error"] < 2


def test_without_an_exact_field_there_is_no_error_to_tell() -> None:
    bent = replace(DOCUMENT, coupling=replace(DOCUMENT.coupling, kind="ot"))
    assert oracle_for(bent) is None
    assert "velocity_error" not in figures_of(flowlab.train(bent, steps=5, seed=0))


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_trains_so_many_steps_and_writes_the_run(
    as_json: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, made = tmp_path / "a.flowlab", tmp_path / "b.flowlab"
    flowlab.save(DOCUMENT, given)
    args = argparse.Namespace(force=False,
        document=str(given), seed=4, output=str(made), device="cpu", seconds=None, steps=12,
        json=as_json,
    )  # fmt: skip
    command(args)
    (line,) = capsys.readouterr().out.splitlines()
    saved = flowlab.load(made)
    assert isinstance(saved, Run)
    assert (saved.weights.step, saved.document.seed) == (12, 4)
    np.testing.assert_array_equal(
        saved.velocity([[0.5, 0.5]], 0.3),
        flowlab.train(replace(DOCUMENT, seed=4), steps=12, device="cpu").velocity(
            [[0.5, 0.5]], 0.3
        ),
    )
    if as_json:
        assert json.loads(line)["steps"] == 12
    else:
        assert line.startswith("12 steps in ")
        number = r"[\d.]+ ± [\d.]+"
        assert re.search(f"sliced W₂ to the target {number} .of fresh samples {number}.", line)
        assert line.endswith(f"written to {made}")


@pytest.mark.parametrize("matching", ["denoising", "implicit"])
def test_a_score_between_walls_is_judged_by_where_it_leads_there(
    matching: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against the target between the walls: it is clipped, and the samples come near to it."""
    document = learns_score(width=5.0, clip=True)
    training = replace(document.training, score_matching=matching)
    given, made = tmp_path / "a.flowlab", tmp_path / "b.flowlab"
    flowlab.save(replace(document, training=training), given)
    args = argparse.Namespace(force=False,
        document=str(given), seed=None, output=str(made), device="cpu", seconds=None, steps=600,
        json=True,
    )  # fmt: skip
    command(args)
    figures = json.loads(capsys.readouterr().out)
    saved = flowlab.load(made)
    assert isinstance(saved, Run)
    assert saved.document.training.score_matching == matching
    assert figures["sliced_w2"] < 5 * figures["sliced_w2_floor"]
    assert "velocity_error" not in figures
