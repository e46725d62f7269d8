"""What networks of the same tensors may predict: programs of different people, one network.

Nothing in the weights tells these apart. A wrong choice opens without an error and draws rubbish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LINEAR = {"kind": "linear", "beta_start": 1e-4, "beta_end": 0.02}
COSINE = {"kind": "cosine"}
_DIFFUSERS = {
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "norm_eps": 1e-5,
    "attention_head_dim": 8,
}
_GOOGLE = {
    "downsample_padding": 0,
    "flip_sin_to_cos": False,
    "freq_shift": 1,
    "norm_eps": 1e-6,
    "attention_head_dim": None,
}
_HEADS_OF_64 = {"num_heads": 4, "num_head_channels": 64, "use_new_attention_order": False}
_FOUR_HEADS = {"num_heads": 4, "num_head_channels": -1, "use_new_attention_order": False}
_ONE_HEAD = {"num_heads": 1, "num_head_channels": -1, "use_new_attention_order": False}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a network predicts, in which time, from which noise, and the settings it goes with."""

    title: str
    predicts: str = "velocity"
    time: str = "unit"
    T: int = 1
    base: str = "gaussian"
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    schedule: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def _ddpm(title: str, T: int = 1000, predicts: str = "noise", **more: Any) -> Meaning:
    words = {"time": "whole steps", "schedule": LINEAR} | more
    return Meaning(title=title, predicts=predicts, T=T, **words)


MEANINGS: dict[str, Meaning] = {
    "iadb": Meaning(title="IADB, iterative α-(de)blending", settings=_DIFFUSERS),
    "iadb_from_data": Meaning(
        title="IADB with α = 1 at the noise, as in the MNIST text's code",
        schedule={"noise_at": 1},
        settings=_DIFFUSERS,
    ),
    "ddpm": _ddpm("DDPM of diffusers", settings=_DIFFUSERS),
    "google_ddpm": _ddpm("DDPM of Ho et al., converted", settings=_GOOGLE),
    "ddpm_variance": _ddpm(
        "DDPM with learned variance", predicts="noise and variance", settings=_DIFFUSERS
    ),
    "flow_times_1000": Meaning(title="flow matching, t times 1,000", T=1000, settings=_DIFFUSERS),
    "score_sde": Meaning(
        title="score SDE, variance exploding",
        predicts="score",
        time="sigma",
        pixel_range=(0.0, 1.0),
        schedule={"kind": "ve", "sigma_min": 0.01, "sigma_max": 50.0},
        settings={"scale_by_sigma": True},
    ),
    "rectified_flow": Meaning(
        title="rectified flow, t times 999", T=999, settings={"scale_by_sigma": False}
    ),
    "reflected": Meaning(
        title="reflected diffusion",
        predicts="score",
        time="sigma",
        base="uniform",
        pixel_range=(0.0, 1.0),
        schedule={"kind": "reflected ve", "sigma_min": 0.01, "sigma_max": 5.0},
        settings={"scale_by_sigma": True},
    ),
    "simple_unet": _ddpm("DDPM of the SimpleUnet text", T=300),
    "pytorch_ddpm": _ddpm("DDPM of pytorch-ddpm"),
    "torchcfm": Meaning(title="conditional flow matching of torchcfm", settings=_HEADS_OF_64),
    "torchcfm_one_head": Meaning(
        title="conditional flow matching of torchcfm, one head", settings=_ONE_HEAD
    ),
    "riemannian": Meaning(
        title="Riemannian flow matching, noise cut off at ±1",
        base="truncated gaussian",
        settings=_HEADS_OF_64,
    ),
    "flow_matching": Meaning(
        title="flow matching of Meta's library",
        settings=_ONE_HEAD | {"use_new_attention_order": True},
    ),
    "guided_flow_times_1000": Meaning(
        title="flow matching, t times 1,000", T=1000, settings=_HEADS_OF_64
    ),
    "guided_diffusion": _ddpm("guided diffusion of OpenAI", settings=_HEADS_OF_64),
    "guided_diffusion_cosine": _ddpm(
        "guided diffusion of OpenAI, cosine schedule", schedule=COSINE, settings=_HEADS_OF_64
    ),
    "improved_diffusion": _ddpm(
        "improved diffusion of OpenAI", T=4000, schedule=COSINE, settings=_FOUR_HEADS
    ),
    "lucidrains": _ddpm("DDPM of denoising-diffusion-pytorch", schedule={"kind": "stored"}),
    "lucidrains_v": _ddpm(
        "v-prediction of denoising-diffusion-pytorch", predicts="v", schedule={"kind": "stored"}
    ),
    "lucidrains_data": _ddpm(
        "denoised picture of denoising-diffusion-pytorch",
        predicts="data",
        schedule={"kind": "stored"},
    ),
    "flow_in_2d": Meaning(title="flow of points in 2D"),
    "diffusion_in_2d": _ddpm("DDPM of points in 2D", T=50),
}
