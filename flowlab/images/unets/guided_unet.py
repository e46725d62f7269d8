"""The U-Net of guided-diffusion, torchcfm and flow_matching checkpoints, by its weights' names."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flowlab.core.document.arguments import is_whole
from flowlab.core.document.limits import Checked, Invalid, number, shown, switch
from flowlab.images.unets.guided_blocks import (
    AttentionBlock,
    Downsample,
    GuidedCommon,
    ResBlock,
    Stage,
    Upsample,
)
from flowlab.images.unets.layers import conv3, group_norm, sinusoids
from flowlab.images.unets.network import ImageNetwork, label_embedding
from flowlab.images.unets.settings import (
    MOST_BLOCKS,
    MOST_CHANNELS,
    MOST_CLASSES,
    check_factors,
    check_optional,
)


@dataclass(frozen=True)
class GuidedUnetSettings(Checked):
    """The arguments of guided-diffusion's UNetModel, by its names.

    `attention_resolutions` are factors by which the size is reduced where there is attention;
    `num_classes` is how many rows the table of classes has, a null class included.
    """

    in_channels: int = number(3, 1, 64, "in_channels")
    out_channels: int = number(3, 1, 64, "out_channels")
    model_channels: int = number(128, 1, MOST_CHANNELS, "model_channels")
    num_res_blocks: int = number(2, 1, MOST_BLOCKS, "num_res_blocks")
    channel_mult: tuple[float, ...] = (1, 2, 2, 2)
    attention_resolutions: tuple[int, ...] = (2,)
    conv_resample: bool = switch(True, "conv_resample")
    num_classes: int | None = None
    num_heads: int = number(1, -1, 1024, "num_heads")
    num_head_channels: int = number(-1, -1, MOST_CHANNELS, "num_head_channels")
    num_heads_upsample: int = number(-1, -1, 1024, "num_heads_upsample")
    use_scale_shift_norm: bool = switch(False, "use_scale_shift_norm")
    resblock_updown: bool = switch(False, "resblock_updown")
    use_new_attention_order: bool = switch(False, "use_new_attention_order")

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_factors(self.channel_mult, "channel_mult")
        check_optional(self.num_classes, "num_classes", MOST_CLASSES)
        places = self.attention_resolutions
        if not isinstance(places, tuple) or not all(is_whole(v, 1, 512) for v in places):
            words = "whole numbers from 1 to 512"
            raise Invalid(f"attention_resolutions must be {words}, not {shown(places)}.")
        if self.num_head_channels < 1 and self.num_heads < 1:
            raise Invalid("Either num_heads or num_head_channels must be at least 1.")

    def widths(self) -> list[int]:
        """Channels of each level."""
        return [int(factor * self.model_channels) for factor in self.channel_mult]

    def common(self) -> GuidedCommon:
        """What all its blocks have in common."""
        return GuidedCommon(
            4 * self.model_channels, self.use_scale_shift_norm, self.use_new_attention_order
        )


class GuidedUnet(ImageNetwork):
    """The U-Net of guided-diffusion (Dhariwal and Nichol 2021, arXiv:2105.05233, section 3).

    Six output channels are noise and variance. How many heads there are and how their queries, keys
    and values lie in one tensor can't be told from the weights.
    """

    def __init__(self, s: GuidedUnetSettings):
        super().__init__()
        self.settings, self.in_channels, self.out_channels = s, s.in_channels, s.out_channels
        self.classes, self.side_multiple = s.num_classes or 0, 2 ** (len(s.channel_mult) - 1)
        width, embedding = s.model_channels, s.common().embedding
        layers = [nn.Linear(width, embedding), nn.SiLU(), nn.Linear(embedding, embedding)]
        self.time_embed = nn.Sequential(*layers)
        if self.classes:
            self.label_emb = label_embedding(self.classes, embedding)
        blocks = _Blocks(s)
        self.input_blocks = nn.ModuleList(blocks.down())
        self.middle_block = blocks.middle()
        self.output_blocks = nn.ModuleList(blocks.up())
        first = s.widths()[0]
        self.out = nn.Sequential(group_norm(32, first), nn.SiLU(), conv3(first, s.out_channels))

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The prediction (n, c', h, w) at x (n, c, h, w), t (n,) and the labels (n,), if any."""
        self.validate(x, t, label)
        rows = sinusoids(t, self.settings.model_channels, cos_first=True)
        embedding = self.time_embed(rows.to(x.dtype))
        if label is not None:
            embedding = embedding + self.label_emb(label)
        h, skips = x, []
        for stage in self.input_blocks:
            h = stage(h, embedding)
            skips.append(h)
        h = self.middle_block(h, embedding)
        for stage in self.output_blocks:
            h = stage(torch.cat([h, skips.pop()], 1), embedding)
        y: Tensor = self.out(h)
        return y


class _Blocks:
    """Builds the stages in the order of the forward pass, and counts channels on the way."""

    def __init__(self, s: GuidedUnetSettings):
        self.s, self.common, self.widths = s, s.common(), s.widths()
        self.channels = self.widths[0]  # after the stage built last
        self.kept: list[int] = []  # channels of the skip connections
        self.reduction = 1  # of the size

    def down(self) -> list[Stage]:
        """Stages of `input_blocks`: the first convolution, and the levels with halvings between."""
        stages = [self._kept(conv3(self.s.in_channels, self.channels))]
        for level, width in enumerate(self.widths):
            for _ in range(self.s.num_res_blocks):
                stages.append(self._kept(*self._residual(width, 0, self.s.num_heads)))
            if level < len(self.widths) - 1:
                stages.append(self._kept(self._halving()))
                self.reduction *= 2
        return stages

    def middle(self) -> Stage:
        """Residual block, attention, residual block."""
        width = self.channels
        attention = AttentionBlock(width, self._heads(width, self.s.num_heads), self.common)
        first, last = (ResBlock(width, width, self.common) for _ in range(2))
        return Stage(first, attention, last)

    def up(self) -> list[Stage]:
        """Stages of `output_blocks`, the last of each level but the highest with a doubling."""
        heads = self.s.num_heads_upsample if self.s.num_heads_upsample > 0 else self.s.num_heads
        stages = []
        for level in reversed(range(len(self.widths))):
            for i in range(self.s.num_res_blocks + 1):
                layers = self._residual(self.widths[level], self.kept.pop(), heads)
                if level and i == self.s.num_res_blocks:
                    layers.append(self._doubling())
                    self.reduction //= 2
                stages.append(Stage(*layers))
        return stages

    def _kept(self, *layers: nn.Module) -> Stage:
        self.kept.append(self.channels)
        return Stage(*layers)

    def _residual(self, width: int, skip: int, heads: int) -> list[nn.Module]:
        layers: list[nn.Module] = [ResBlock(self.channels + skip, width, self.common)]
        self.channels = width
        if self.reduction in self.s.attention_resolutions:
            layers.append(AttentionBlock(width, self._heads(width, heads), self.common))
        return layers

    def _heads(self, channels: int, heads: int) -> int:
        width = self.s.num_head_channels
        count = channels // width if width > 0 else heads
        if not count or channels % count or (width > 0 and channels % width):
            raise Invalid(f"{channels} channels can't be split into these attention heads.")
        return count

    def _halving(self) -> nn.Module:
        if self.s.resblock_updown:
            return ResBlock(self.channels, self.channels, self.common, resize="halved")
        return Downsample(self.channels, self.s.conv_resample)

    def _doubling(self) -> nn.Module:
        if self.s.resblock_updown:
            return ResBlock(self.channels, self.channels, self.common, resize="doubled")
        return Upsample(self.channels, self.s.conv_resample)
