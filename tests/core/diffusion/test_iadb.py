"""IADB's steps are Euler's steps of the flow, and DDIM's with eta 0 on the same levels."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.ancestral import ddim
from flowlab.core.diffusion.denoiser import denoiser_of
from flowlab.core.diffusion.iadb import iadb
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.diffusion.steps import taken
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.solver import Solver
from flowlab.core.solvers.ode import integrate
from tests.helpers.noise_models import NOISE, TWO, drawn, untrained

DOCUMENT = Document(source=NOISE, target=TWO, network=Network(width=16, depth=2))
STEPS, N = 20, 200


def test_on_straight_lines_they_are_euler_s_steps_of_the_flow() -> None:
    field, x = untrained(DOCUMENT), drawn(NOISE, N, 0)
    denoiser, levels = denoiser_of(field, DOCUMENT), levels_of("blend", T=STEPS)
    *_, ours = taken(field, iadb(denoiser, levels), x, torch.zeros(STEPS, N, 2))
    euler = integrate(field.velocity, x, Solver(method="euler", steps=STEPS)).points[-1]
    torch.testing.assert_close(ours, euler, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("path", [Path(), Path(kind="trigonometric")], ids=lambda path: path.kind)
@pytest.mark.parametrize("steps", [1, 7, None])
def test_they_are_ddim_s_for_any_network(path: Path, steps: int | None) -> None:
    document = Document(source=NOISE, target=TWO, path=path, network=DOCUMENT.network)
    field, x = untrained(document), drawn(NOISE, N, 0).double()
    denoiser = denoiser_of(field, document)
    levels = levels_of("blend", T=STEPS).visited(steps)
    z = torch.zeros(STEPS, N, 2)
    both = (iadb(denoiser, levels), ddim(denoiser, levels, eta=0.0))
    one, other = (torch.stack(list(taken(field, each, x, z))) for each in both)
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)
