"""The faces of a model of noise, from any path's velocity, against a Gaussian's closed form."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.diffusion.denoiser import Affinity, denoiser_of
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import is_one_gaussian
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Disc, Ring
from tests.helpers.noise_models import DATA, NOISE, exact_field, moments

PATHS = [
    Path(),
    Path(kind="trigonometric"),
    Path(kind="preserving"),
    Path(kind="custom", clock="late"),
]
LEVELS = [(1e-6, 1.0), (0.3, 0.95), (0.99, 0.14), (1.0, 20.0), (1.0, 0.05), (0.5, 0.75)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("data", [None, Affinity(torch.tensor([2.0, 1.5]).double(), 0.7)])
def test_every_face_at_every_level_follows_from_any_paths_velocity(
    path: Path, data: Affinity | None
) -> None:
    document = Document(source=NOISE, target=DATA, path=path)
    (m, C), (mu, S) = moments(NOISE), moments(DATA)
    if data is not None:  # y1 = m + (x1 - centre) / scale
        mu, S = m + (mu - data.centre) / data.scale, S / data.scale**2
    model = denoiser_of(exact_field(document), document, data)
    x = torch.randn(7, 2, generator=torch.Generator().manual_seed(0)).double()
    for a, b in LEVELS:
        faces, inverse = model.faces(x, a, b), torch.linalg.inv(a * a * S + b * b * C)
        off = (x - a * mu - b * m) @ inverse
        torch.testing.assert_close(faces.score, -off, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(faces.denoised, mu + a * off @ S, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(faces.noise, m + b * off @ C, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(faces.velocity, faces.denoised - faces.noise)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"source": Disc()}, "choose one Gaussian as the source"),
        ({"source": Ring()}, "choose one Gaussian as the source"),
        ({"coupling": Coupling(kind="ot")}, "choose independent pairs"),
        ({"path": Path(noise="brownian")}, "choose a path without latent noise"),
    ],
)
def test_what_is_no_diffusion_is_refused_in_a_sentence(
    changed: dict[str, object], why: str
) -> None:
    document = Document(**changed)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match=why):
        denoiser_of(exact_field(Document()), document)
    with pytest.raises(Invalid, match="oracle of a document"):
        denoiser_of(exact_field(Document()), None)


def test_one_gaussian_may_be_drawn_as_a_ring() -> None:
    ring = Document(source=Ring(count=1, radius=2.0, std=0.5), target=DATA)
    model = denoiser_of(exact_field(ring), ring)
    assert is_one_gaussian(ring.source)
    torch.testing.assert_close(model.root, 0.5 * torch.eye(2).double())
