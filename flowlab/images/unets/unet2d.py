"""The U-Net of IADB's and most public DDPM checkpoints, by diffusers' names of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.limits import Checked, Invalid, choice, number, shown, switch
from flowlab.images.unets.layers import conv3, group_norm, sinusoids
from flowlab.images.unets.network import ImageNetwork, label_embedding
from flowlab.images.unets.settings import (
    MOST_BLOCKS,
    MOST_CHANNELS,
    MOST_CLASSES,
    check_optional,
    check_wholes,
)
from flowlab.images.unets.unet2d_blocks import (
    Attention,
    BlockSettings,
    DownLevel,
    ResnetBlock,
    UpLevel,
)

_TODAYS = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
_ONLY = {  # settings of which one value is known here
    "time_embedding_type": "positional",
    "downsample_type": "conv",
    "upsample_type": "conv",
    "act_fn": ("silu", "swish"),
    "class_embed_type": None,
}


@dataclass(frozen=True)
class UNet2DSettings(Checked):
    """What a config.json of diffusers' UNet2DModel says, by its names and defaults."""

    in_channels: int = number(3, 1, 64, "in_channels")
    out_channels: int = number(3, 1, 64, "out_channels")
    center_input_sample: bool = switch(False, "center_input_sample")
    time_embedding_type: str = "positional"
    time_embedding_dim: int | None = None  # None is four times the first width
    freq_shift: int = number(0, 0, 1, "freq_shift")
    flip_sin_to_cos: bool = switch(True, "flip_sin_to_cos")
    down_block_types: tuple[str, ...] = ("DownBlock2D", *["AttnDownBlock2D"] * 3)
    mid_block_type: str | None = "UNetMidBlock2D"
    up_block_types: tuple[str, ...] = (*["AttnUpBlock2D"] * 3, "UpBlock2D")
    block_out_channels: tuple[int, ...] = (224, 448, 672, 896)
    layers_per_block: int = number(2, 1, MOST_BLOCKS, "layers_per_block")
    mid_block_scale_factor: float = number(1.0, 1e-3, 1e3, "mid_block_scale_factor")
    downsample_padding: int = number(1, 0, 1, "downsample_padding")
    downsample_type: str = "conv"
    upsample_type: str = "conv"
    act_fn: str = "silu"
    attention_head_dim: int | None = 8  # None is one head
    norm_num_groups: int = number(32, 1, MOST_CHANNELS, "norm_num_groups")
    attn_norm_num_groups: int | None = None
    norm_eps: float = number(1e-5, 1e-12, 1.0, "norm_eps")
    resnet_time_scale_shift: str = choice(
        "default", {"default": "added", "scale_shift": "scale and shift"}, "resnet_time_scale_shift"
    )
    add_attention: bool = switch(True, "add_attention")
    class_embed_type: str | None = None
    num_class_embeds: int | None = None

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_wholes(self.block_out_channels, "block_out_channels", MOST_CHANNELS)
        for name in ("time_embedding_dim", "attention_head_dim", "attn_norm_num_groups"):
            check_optional(getattr(self, name), name)
        check_optional(self.num_class_embeds, "num_class_embeds", MOST_CLASSES)
        for name, only in _ONLY.items():
            _check_choice(getattr(self, name), name, only if isinstance(only, tuple) else (only,))
        _check_choice(self.mid_block_type, "mid_block_type", ("UNetMidBlock2D", None))
        self._check_blocks("down_block_types", ("DownBlock2D", "AttnDownBlock2D"))
        self._check_blocks("up_block_types", ("UpBlock2D", "AttnUpBlock2D"))

    def _check_blocks(self, name: str, known: tuple[str, ...]) -> None:
        blocks, count = getattr(self, name), len(self.block_out_channels)
        if not isinstance(blocks, tuple) or len(blocks) != count:
            raise Invalid(f"{name} must be {count} words, as many as there are block_out_channels.")
        for block in blocks:
            _check_choice(block, name, known)

    def common(self) -> BlockSettings:
        """What all its blocks have in common."""
        return BlockSettings(
            self.time_embedding_dim or 4 * self.block_out_channels[0],
            self.norm_num_groups,
            self.norm_eps,
            self.attention_head_dim,
            self.resnet_time_scale_shift == "scale_shift",
        )


def _check_choice(value: Any, name: str, known: tuple[str | None, ...]) -> None:
    if value not in known:
        words = " or ".join(map(str, known))
        raise Invalid(f"FlowLab's U-Net knows {name} {words} only, not {shown(value)}.")


class TimeEmbedding(nn.Module):
    """Two layers from sinusoids of time to the embedding that blocks are given."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.linear_1 = nn.Linear(before, after)
        self.linear_2 = nn.Linear(after, after)

    def forward(self, rows: Tensor) -> Tensor:
        """The embedding (n, e) of sinusoids (n, k)."""
        h: Tensor = self.linear_2(functional.silu(self.linear_1(rows)))
        return h


class MidBlock(nn.Module):
    """Residual block, attention and residual block at the lowest resolution."""

    def __init__(self, channels: int, s: UNet2DSettings):
        super().__init__()
        common, divisor = s.common(), s.mid_block_scale_factor
        groups = None if common.scale_shift else common.groups
        blocks = [ResnetBlock(channels, channels, common, divisor) for _ in range(2)]
        attention = [Attention(channels, common, s.attn_norm_num_groups or groups, divisor)]
        self.resnets = nn.ModuleList(blocks)
        self.attentions = nn.ModuleList(attention if s.add_attention else [])

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:
        """Pictures of the shape of h (n, c, height, width)."""
        h = self.resnets[0](h, embedding)
        for attention in self.attentions:
            h = attention(h)
        h = self.resnets[1](h, embedding)
        return h


class UNet2D(ImageNetwork):
    """The U-Net of IADB and of diffusers' DDPMs: levels of residual blocks with skip connections.

    Equal to diffusers' UNet2DModel (Apache 2.0) for the same settings and weights. Ho et al. 2020,
    arXiv:2006.11239, appendix B.
    """

    def __init__(self, s: UNet2DSettings):
        super().__init__()
        widths, common = s.block_out_channels, s.common()
        self.settings, self.in_channels, self.out_channels = s, s.in_channels, s.out_channels
        self.classes, self.side_multiple = s.num_class_embeds or 0, 2 ** (len(widths) - 1)
        self.conv_in = conv3(s.in_channels, widths[0])
        self.time_embedding = TimeEmbedding(widths[0], common.embedding)
        if self.classes:
            self.class_embedding = label_embedding(self.classes, common.embedding)
        self.down_blocks = nn.ModuleList(_down_levels(s, common))
        self.mid_block = None if s.mid_block_type is None else MidBlock(widths[-1], s)
        self.up_blocks = nn.ModuleList(_up_levels(s, common))
        self.conv_norm_out = group_norm(common.groups, widths[0], common.eps)
        self.conv_out = conv3(widths[0], s.out_channels)

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The prediction (n, c', h, w) at x (n, c, h, w), t (n,) and the labels (n,), if any."""
        self.validate(x, t, label)
        embedding = self._embedding(t, label, x.dtype)
        h = self.conv_in(2 * x - 1 if self.settings.center_input_sample else x)
        skips = [h]
        for level in self.down_blocks:
            h = level(h, embedding, skips)
        if self.mid_block is not None:
            h = self.mid_block(h, embedding)
        for level in self.up_blocks:
            h = level(h, embedding, skips)
        y: Tensor = self.conv_out(functional.silu(self.conv_norm_out(h)))
        return y

    def _embedding(self, t: Tensor, label: Tensor | None, dtype: torch.dtype) -> Tensor:
        s, width = self.settings, self.settings.block_out_channels[0]
        rows = sinusoids(t, width, s.freq_shift, cos_first=s.flip_sin_to_cos)
        embedding: Tensor = self.time_embedding(rows.to(dtype))
        return embedding if label is None else embedding + self.class_embedding(label)

    def todays_names(self, weights: Mapping[str, Any]) -> dict[str, Any]:
        """Weights with the attention's names before diffusers 0.17 replaced by today's."""
        return {_todays_name(name): value for name, value in weights.items()}


def _todays_name(name: str) -> str:
    for old, new in _TODAYS.items():
        name = name.replace(old, new)
    return name


def _down_levels(s: UNet2DSettings, common: BlockSettings) -> list[DownLevel]:
    """Levels from the highest resolution to the lowest, which halves it no further."""
    widths, levels = s.block_out_channels, []
    for i, (before, after) in enumerate(pairwise([widths[0], *widths])):
        pairs = [(before, after), *[(after, after)] * (s.layers_per_block - 1)]
        padding = None if i == len(widths) - 1 else s.downsample_padding
        attends = s.down_block_types[i] == "AttnDownBlock2D"
        levels.append(DownLevel(pairs, common, attends, padding))
    return levels


def _up_levels(s: UNet2DSettings, common: BlockSettings) -> list[UpLevel]:
    """Levels from the lowest resolution to the highest, each with one more block than down."""
    widths, levels = s.block_out_channels[::-1], []
    for i, (before, after) in enumerate(pairwise([widths[0], *widths])):
        next_width = widths[min(i + 1, len(widths) - 1)]
        kept = [*[after] * s.layers_per_block, next_width]  # channels of the skip connections
        inputs = [before, *[after] * s.layers_per_block]
        pairs = [(width + skip, after) for width, skip in zip(inputs, kept, strict=True)]
        attends = s.up_block_types[i] == "AttnUpBlock2D"
        levels.append(UpLevel(pairs, common, attends, i == len(widths) - 1))
    return levels
