"""What networks learn along each path, and that documents carry it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch

from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import BETWEEN_WALLS, PREDICTIONS, Network
from flowlab.core.document.paths import CLOCKS, NOISES, PATHS, Path
from flowlab.core.document.recipes import RECIPES, recipe_of
from flowlab.core.document.training import Training
from flowlab.core.interpolants.document_parameterization import parameterization_of
from flowlab.core.interpolants.parameterization import EDGE, LINEAR_VELOCITY, make_parameterization
from flowlab.core.interpolants.paths import interpolant_of

EVERY = [
    Path(kind=kind, noise=noise, clock=clock, level=0.9)
    for kind, noise, clock in product(PATHS, NOISES, CLOCKS)
    if noise != "none" or kind not in ("mirror", "encoding")
]


@pytest.mark.parametrize("predicts", [name for name in PREDICTIONS if name != BETWEEN_WALLS])
def test_targets_are_those_of_the_literature(predicts: str) -> None:
    path = interpolant_of(Path(kind="trigonometric", noise="brownian"))
    x0, x1, z = torch.randn(3, 9, 2, dtype=torch.float64)
    t = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    found = make_parameterization(predicts, path).target(x0, x1, t, z)
    expected = {
        "velocity": path.velocity(x0, x1, t, z),
        "score": -z / path.gamma(t)[:, None],
        "denoiser": x1,
        "noise": z,
        "velocity_and_noise": torch.cat([path.velocity(x0, x1, t, z), z], 1),
    }
    torch.testing.assert_close(found, expected[predicts])


def test_without_noise_the_source_takes_its_place() -> None:
    path = interpolant_of(Path())
    x0, x1 = torch.randn(2, 9, 2, dtype=torch.float64)
    t = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    torch.testing.assert_close(make_parameterization("noise", path).target(x0, x1, t), x0)
    score = make_parameterization("score", path)
    torch.testing.assert_close(score.target(x0, x1, t), -x0 / (1 - t)[:, None])
    assert score.sqrt_weight is not None
    torch.testing.assert_close(score.sqrt_weight(t), 1 - t)


@pytest.mark.parametrize("predicts", PREDICTIONS)
def test_wherever_times_are_drawn_target_and_weight_are_finite(predicts: str) -> None:
    for path in map(interpolant_of, EVERY):
        parameterization = make_parameterization(predicts, path)
        t = parameterization.times(torch.tensor([0.0, 0.5, 1.0]))
        x0, x1, z = torch.ones(3, 3, 2)
        sqrt_weight = (
            1 if parameterization.sqrt_weight is None else parameterization.sqrt_weight(t)[:, None]
        )
        value = sqrt_weight * parameterization.target(x0, x1, t, z if path.noisy else None)
        assert bool(value.isfinite().all())
        # Of the order of 1 / sqrt(EDGE) at most, and bounded where it is weighted.
        assert float(value.abs().max()) < (
            3 * EDGE**-0.5 if predicts.startswith("velocity") else 10
        )


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_that_rounds_time_to_its_end_leaves_a_score_finite(clock: str) -> None:
    """Where t (2 - t) is 1 in float32 the noise is 0, and its inverse was infinite."""
    near = torch.cat([torch.linspace(0, 0.002, 2001), torch.linspace(0.998, 1, 2001)])
    for noise in NOISES:
        path = interpolant_of(Path(noise=noise, clock=clock))
        parameterization = make_parameterization("score", path)
        t = parameterization.times(near)
        assert parameterization.sqrt_weight is not None
        x0, x1, z = torch.ones(3, len(t), 2)
        target = parameterization.target(x0, x1, t, z if path.noisy else None)
        assert bool(target.isfinite().all())
        assert float((parameterization.sqrt_weight(t)[:, None] * target).abs().max()) < 1.001


def test_only_what_is_steep_is_kept_from_the_ends_of_time() -> None:
    ends = torch.tensor([0.0, 1.0])
    assert torch.equal(LINEAR_VELOCITY.times(ends), ends)
    for path, clipped in ((Path(noise="sine"), False), (Path(noise="brownian"), True)):
        moved = make_parameterization("velocity", interpolant_of(path)).times(ends)
        torch.testing.assert_close(moved, ends.clamp(EDGE, 1 - EDGE) if clipped else ends)


# the document


def test_every_path_and_prediction_survives_the_session_file() -> None:
    for path, predicts in product(EVERY[::5], PREDICTIONS):
        document = Document(
            path=replace(path, alpha_knots=((0.4, 0.7), (0.55, 0.1))),
            network=Network(predicts=predicts),
            training=Training(antithetic=False),
        )
        assert from_plain(to_plain(document, {}), {}) == document


def test_a_document_saved_before_there_were_paths_opens_as_it_was() -> None:
    plain = to_plain(Document(), {})
    del plain["path"], plain["network"]["predicts"], plain["training"]["antithetic"]
    assert from_plain(plain, {}) == Document()


@pytest.mark.parametrize(
    "path",
    [
        {"kind": "mirror"},
        {"alpha_knots": [[0.5, 0.5, 0.5]]},
        {"alpha_knots": [["a", 1]]},
        {"beta_knots": [[0.6, 0.5], [0.4, 0.6]]},
        {"level": 99.0},
    ],
)
def test_a_file_with_a_senseless_path_is_refused(path: dict[str, object]) -> None:
    plain = to_plain(Document(), {})
    with pytest.raises(Invalid, match="path"):
        from_plain(plain | {"path": plain["path"] | path}, {})


def test_recipes_are_as_published() -> None:
    """All of them predict velocities of the linear path, where antithetic pairs mean nothing."""
    for name, (network, training) in RECIPES.items():
        assert network.predicts == "velocity"
        assert recipe_of(Document(network=network, training=training)) == name
        assert parameterization_of(Document(network=network, training=training)).is_linear_velocity
