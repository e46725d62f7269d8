"""Names of tensors as today's networks have them, from those of older programs and of wrappers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

Leaf = TypeVar("Leaf")

_WRAPPERS = ("module.", "_orig_mod.", "model.", "unet.", "nn_model.", "denoise_fn.")
_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_OLD_ATTENTION = re.compile(r"\.(query|key|value|proj_attn)\.")

# What a diffusion process keeps beside its network: the schedule, not weights.
SCHEDULE = {
    "betas",
    "alphas_cumprod",
    "alphas_cumprod_prev",
    "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod",
    "log_one_minus_alphas_cumprod",
    "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod",
    "posterior_variance",
    "posterior_log_variance_clipped",
    "posterior_mean_coef1",
    "posterior_mean_coef2",
    "p2_loss_weight",
    "loss_weight",
    "snr",
    "initted",
    "step",
    "num_updates",
    "alpha_t",
    "oneover_sqrta",
    "sqrt_beta_t",
    "alphabar_t",
    "sqrtab",
    "sqrtmab",
    "mab_over_sqrtmab",
}
_BUFFERS = {"running_mean", "running_var", "num_batches_tracked", "resample_filter", "freqs"}
_BUFFERS |= {"sigmas"}

# The names of Ho et al.'s network in the programs of Esser (pesser) and Song (ermongroup), which
# diffusers' converted networks have under other names.
_CONVERTED = (
    (re.compile(r"^temb\.dense\.0\."), "time_embedding.linear_1."),
    (re.compile(r"^temb\.dense\.1\."), "time_embedding.linear_2."),
    (re.compile(r"^down\.(\d+)\.block\.(\d+)\."), r"down_blocks.\1.resnets.\2."),
    (re.compile(r"^down\.(\d+)\.attn\.(\d+)\."), r"down_blocks.\1.attentions.\2."),
    (re.compile(r"^down\.(\d+)\.downsample\."), r"down_blocks.\1.downsamplers.0."),
    (re.compile(r"^mid\.block_1\."), "mid_block.resnets.0."),
    (re.compile(r"^mid\.block_2\."), "mid_block.resnets.1."),
    (re.compile(r"^mid\.attn_1\."), "mid_block.attentions.0."),
    (re.compile(r"^norm_out\."), "conv_norm_out."),
    (re.compile(r"\.temb_proj\."), ".time_emb_proj."),
    (re.compile(r"\.nin_shortcut\."), ".conv_shortcut."),
    (re.compile(r"(attentions\.\d+)\.norm\."), r"\1.group_norm."),
    (re.compile(r"(attentions\.\d+)\.([qkv])\."), r"\1.to_\2."),
    (re.compile(r"(attentions\.\d+)\.proj_out\."), r"\1.to_out.0."),
)
_UP = re.compile(r"^up\.(\d+)\.(block|attn|upsample)\.")
_UP_PARTS = {"block": "resnets.", "attn": "attentions.", "upsample": "upsamplers.0."}


def todays_names(tensors: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """The network's tensors under today's names: without wrappers and schedules."""
    names = {name: name for name in tensors if name.split(".")[-1] not in SCHEDULE}
    while wrapper := _wrapper(names.values()):
        names = {old: name.removeprefix(wrapper) for old, name in names.items()
                 if name.startswith(wrapper)}  # fmt: skip
    levels = len({m[1] for name in names.values() if (m := _UP.match(name))})
    return {_renamed(name, levels): tensors[old] for old, name in names.items()}


def _wrapper(names: Iterable[str]) -> str:
    """A prefix that all names share but those of a schedule, which lies beside what is wrapped."""
    names = [name for name in names if name.split(".")[-1] not in SCHEDULE]
    for wrapper in _WRAPPERS:
        if names and all(name.startswith(wrapper) for name in names):
            return wrapper
    return ""


def _renamed(name: str, levels: int) -> str:
    if levels:
        up = _UP.match(name)
        if up:
            block = f"up_blocks.{levels - 1 - int(up[1])}.{_UP_PARTS[up[2]]}"
            name = block + name[up.end() :]
        for pattern, today in _CONVERTED:
            name = pattern.sub(today, name)
    return _OLD_ATTENTION.sub(lambda m: f".{_ATTENTION[m[1]]}.", name)


def is_converted(tensors: Iterable[str]) -> bool:
    """True for the names of pesser's and ermongroup's networks."""
    return any("temb.dense.0." in name for name in tensors)


def is_buffer(name: str) -> bool:
    """True for numbers of a network that are none of its parameters."""
    return name.split(".")[-1] in _BUFFERS


def is_frozen(name: str) -> bool:
    """True for buffers, and for parameters that are not trained: no average holds them."""
    return is_buffer(name) or name == "all_modules.0.W"


def unprefixed(tensors: Mapping[str, Leaf], prefix: str = "module.") -> dict[str, Leaf]:
    """The tensors without one wrapper that all of them have."""
    if not all(name.startswith(prefix) for name in tensors):
        return dict(tensors)
    return {name.removeprefix(prefix): leaf for name, leaf in tensors.items()}
