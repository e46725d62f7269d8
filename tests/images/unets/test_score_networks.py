"""NCSN++ and VDM: against numbers of reflected diffusion's own code."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.load import build, load_strictly
from flowlab.images.unets.ncsnpp import NCSNpp
from flowlab.images.unets.ncsnpp_blocks import enlarged, halved
from flowlab.images.unets.vdm import VDM
from tests.images.unets.weights import at_quarters, known_network, known_weights, waves

NARROW = {"nf": 16, "ch_mult": [1, 2, 2], "num_res_blocks": 1, "num_scales": 20}
RECTIFIED = {"embedding_type": "positional", "progressive_input": "none", "scale_by_sigma": False}
LEVELS = [0.05, 2.0]  # sigma


@pytest.mark.parametrize(
    ("more", "t", "theirs"),
    [
        ({}, LEVELS, [-2.1649236, -1.1731733, -0.1127016, 0.4207406]),
        ({"fir": True}, LEVELS, [-2.8107167, 0.8841742, -0.118229, 0.3804856]),
        (
            {**RECTIFIED, "centred": True},
            [3.0, 17.0],
            [-0.1807039, 0.2551387, -0.1807146, -0.295371],
        ),
    ],
)
def test_ncsnpp_predicts_what_its_code_did(
    more: dict[str, Any], t: list[float], theirs: list[float]
) -> None:
    network = known_network("ncsnpp", {**NARROW, **more})
    assert at_quarters(network, t) == pytest.approx(theirs, abs=1e-5)


def test_ncsnpp_of_reflected_diffusion_has_95_modules() -> None:
    network = build("ncsnpp", {})
    assert isinstance(network, NCSNpp)
    assert len(network.all_modules) == 95


def test_smooth_filters_leave_a_plane_as_it_is() -> None:
    """Weights 1, 3, 3, 1 are linear interpolation at the middle of pixels: away from the edges."""
    plane = torch.arange(8.0)[:, None] + 10 * torch.arange(8.0)
    x = plane[None, None].double()
    assert torch.allclose(halved(x, True)[0, 0, 1:-1, 1:-1], halved(x, False)[0, 0, 1:-1, 1:-1])
    place = (torch.arange(16.0) - 0.5) / 2
    between = (place[:, None] + 10 * place).double()
    assert torch.allclose(enlarged(x, True)[0, 0, 1:-1, 1:-1], between[1:-1, 1:-1])


@pytest.mark.parametrize(
    ("attention", "theirs"),
    [
        (False, [-4.3619493, 13.6806848, -0.1322747, 0.2999994]),
        (True, [-0.4256092, 12.3124192, -0.0274583, 0.1693271]),
    ],
)
def test_vdm_predicts_what_its_code_did(attention: bool, theirs: list[float]) -> None:
    network = build("vdm", {"channels": 16, "num_blocks": 2, "attention": attention})
    weights = known_weights(network.state_dict())
    weights["image_fourier.freqs"] = torch.tensor([2, 4])
    assert isinstance(load_strictly(network, weights), VDM)
    assert at_quarters(network.double(), LEVELS) == pytest.approx(theirs, abs=3e-5)


def test_a_score_is_the_last_layer_over_sigma() -> None:
    x, t = waves("x", (1, 3, 16, 16)).double(), torch.tensor([0.2]).double()
    scaled = known_network("ncsnpp", NARROW)(x, t)
    plain = known_network("ncsnpp", {**NARROW, "scale_by_sigma": False})(x, t)
    assert torch.allclose(scaled * 0.2, plain)


@pytest.mark.parametrize(
    ("network", "wrong", "says"),
    [
        ("ncsnpp", {"embedding_type": "positional"}, "scale_by_sigma needs a network"),
        ("ncsnpp", {"attention": [16]}, "attention must be numbers of levels"),
        ("ncsnpp", {"progressive_input": "input_skip"}, "progressive_input: 'input_skip' is not"),
        ("vdm", {"sigma_min": 7.0}, "sigma_max must be larger"),
    ],
)
def test_settings_of_no_network_are_refused(network: str, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        build(network, wrong)
