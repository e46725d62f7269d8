"""pytorch-ddpm's U-Net: against numbers of its own code."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.ddpm_unet import DDPMUnet
from flowlab.images.unets.layers import sinusoids
from flowlab.images.unets.load import build, load_strictly, parameter_count
from tests.images.unets.weights import at_quarters, known_weights

NARROW = {"T": 50, "ch": 32, "ch_mult": [1, 2, 2], "attn": [1], "num_res_blocks": 1}
TABLE = "time_embedding.timembedding.0.weight"


def test_predictions_are_those_that_pytorch_ddpm_made() -> None:
    network = build("ddpm_unet", NARROW)
    weights = known_weights(network.state_dict())
    halves = sinusoids(torch.arange(50.0), 32)
    weights[TABLE] = halves.unflatten(1, (2, 16)).mT.flatten(1)  # sin, cos, sin, cos ...
    load_strictly(network, weights).double()
    theirs = [0.4110768, -0.292462, 0.008992, -0.5290893]
    assert at_quarters(network, [3.0, 41.0]) == pytest.approx(theirs, abs=1e-5)


def test_parameters_are_ddpms_and_the_table_of_steps() -> None:
    network = build("ddpm_unet", {})
    assert isinstance(network, DDPMUnet)
    assert parameter_count(network) == 35_746_307 + 1000 * 128


def test_levels_with_attention_are_numbers() -> None:
    with pytest.raises(Invalid, match="attn must be numbers of levels"):
        build("ddpm_unet", {"attn": ["16"]})
