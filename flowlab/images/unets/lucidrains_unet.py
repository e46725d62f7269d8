"""The U-Net of lucidrains' denoising-diffusion-pytorch, by its names of weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from flowlab.core.document.limits import Checked, Invalid, choice, number, shown, switch
from flowlab.images.unets.layers import conv3, doubled, sinusoids
from flowlab.images.unets.lucidrains_blocks import (
    ERAS,
    Attention,
    LinearAttention,
    ResnetBlock,
)
from flowlab.images.unets.network import ImageNetwork
from flowlab.images.unets.settings import MOST_CHANNELS, check_optional, check_wholes


@dataclass(frozen=True)
class LucidrainsUnetSettings(Checked):
    """The arguments of denoising-diffusion-pytorch's Unet, by its names, and the code's era."""

    channels: int = number(3, 1, 64, "channels")
    dim: int = number(64, 4, MOST_CHANNELS, "dim")
    dim_mults: tuple[int, ...] = (1, 2, 4, 8)
    init_dim: int | None = None  # None is `dim`
    out_dim: int | None = None  # None is `channels`
    self_condition: bool = switch(False, "self_condition")
    learned_sinusoidal_dim: int = number(0, 0, 4096, "learned_sinusoidal_dim")  # 0 is fixed ones
    attn_heads: int = number(4, 1, 1024, "attn_heads")
    attn_dim_head: int = number(32, 1, MOST_CHANNELS, "attn_dim_head")
    full_attn: tuple[bool, ...] | None = None  # of each level; None is the era's own
    era: str = choice("2024-05", dict.fromkeys(ERAS, ""), "era", "When this code was released")

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_wholes(self.dim_mults, "dim_mults", 64)
        check_optional(self.init_dim, "init_dim")
        check_optional(self.out_dim, "out_dim", 64)
        full = self.full_attn
        right = isinstance(full, tuple) and len(full) == len(self.dim_mults)
        if full is not None and not (right and all(isinstance(v, bool) for v in full)):
            raise Invalid(f"full_attn must be True or False for each level, not {shown(full)}.")

    def widths(self) -> list[int]:
        """Channels before the first level and after each."""
        return [self.init_dim or self.dim, *(self.dim * factor for factor in self.dim_mults)]

    def attention(self, level: int, channels: int) -> Attention:
        """The attention of a level, full or linear."""
        era, last = ERAS[self.era], level == len(self.dim_mults) - 1
        full = self.full_attn[level] if self.full_attn else era.full_last and last
        kind = Attention if full else LinearAttention
        return kind(channels, self.attn_heads, self.attn_dim_head, era)


class LearnedSinusoids(nn.Module):
    """t | sin(2 pi w t) | cos(2 pi w t) of learned or random frequencies w."""

    def __init__(self, width: int):
        super().__init__()
        self.weights = nn.Parameter(torch.empty(width // 2))

    def forward(self, t: Tensor) -> Tensor:
        """Rows (n, width + 1) of times (n,)."""
        angles = 2 * math.pi * t[:, None] * self.weights
        return torch.cat([t[:, None], angles.sin(), angles.cos()], 1)


class LucidrainsUnet(ImageNetwork):
    """The U-Net of denoising-diffusion-pytorch since November 2022, t a whole step.

    A network with self-condition is given zeros for its earlier estimate, as half the time in
    training (Chen et al. 2022, arXiv:2208.04202).
    """

    trainable = False

    def __init__(self, s: LucidrainsUnetSettings):
        super().__init__()
        widths, embedding, era = s.widths(), 4 * s.dim, ERAS[s.era]
        self.settings, self.in_channels = s, s.channels
        self.out_channels = s.out_dim or s.channels
        self.side_multiple = 2 ** (len(s.dim_mults) - 1)
        self.init_conv = nn.Conv2d((1 + s.self_condition) * s.channels, widths[0], 7, padding=3)
        self.time_mlp = _time_layers(s, embedding)
        self.downs = nn.ModuleList(
            [DownLevel(s, i, *pair) for i, pair in enumerate(pairwise(widths))]
        )
        last = widths[-1]
        self.mid_block1 = ResnetBlock(last, last, embedding, era)
        self.mid_attn = Attention(last, s.attn_heads, s.attn_dim_head, era)
        self.mid_block2 = ResnetBlock(last, last, embedding, era)
        ups = [UpLevel(s, i, *pair) for i, pair in enumerate(pairwise(widths))]
        self.ups = nn.ModuleList(ups[::-1])
        self.final_res_block = ResnetBlock(2 * widths[0], widths[0], embedding, era)
        self.final_conv = nn.Conv2d(widths[0], self.out_channels, 1)

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The prediction (n, c', h, w) at x (n, c, h, w) and steps t (n,)."""
        self.validate(x, t, label)
        embedding = self._embedding(t, x.dtype)
        estimate = [torch.zeros_like(x)] if self.settings.self_condition else []
        start = h = self.init_conv(torch.cat([*estimate, x], 1))
        skips: list[Tensor] = []
        for level in self.downs:
            h = level(h, embedding, skips)
        h = self.mid_block1(h, embedding)
        h = self.mid_block2(self.mid_attn(h) + h, embedding)
        for level in self.ups:
            h = level(h, embedding, skips)
        y: Tensor = self.final_conv(self.final_res_block(torch.cat([h, start], 1), embedding))
        return y

    def _embedding(self, t: Tensor, dtype: torch.dtype) -> Tensor:
        if self.settings.learned_sinusoidal_dim:
            rows = self.time_mlp[0](t.to(dtype))
        else:
            rows = sinusoids(t, self.settings.dim, 1).to(dtype)
        embedding: Tensor = self.time_mlp[1:](rows)
        return embedding

    def todays_names(self, weights: Mapping[str, Any]) -> dict[str, Any]:
        """Weights with the attention's names before June 2023 replaced by today's."""
        return {
            name.replace(".fn.fn.", ".").replace(".fn.norm.", ".norm."): value
            for name, value in weights.items()
        }


class Halve(nn.Sequential):
    """Half the size: 2 x 2 pixels become channels, then a convolution of single pixels."""

    def __init__(self, before: int, after: int):
        super().__init__(nn.PixelUnshuffle(2), nn.Conv2d(4 * before, after, 1))


class Double(nn.Sequential):
    """Twice the size: repeated pixels, then a convolution."""

    def __init__(self, before: int, after: int):
        super().__init__(nn.Identity(), conv3(before, after))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, after, 2 h, 2 w)."""
        h: Tensor = self[1](doubled(x))
        return h


def _time_layers(s: LucidrainsUnetSettings, embedding: int) -> nn.Sequential:
    learned = s.learned_sinusoidal_dim
    first: nn.Module = LearnedSinusoids(learned) if learned else nn.Identity()
    width = 2 * (learned // 2) + 1 if learned else s.dim
    layers = [nn.Linear(width, embedding), nn.GELU(), nn.Linear(embedding, embedding)]
    return nn.Sequential(first, *layers)


class DownLevel(nn.ModuleList):
    """Two residual blocks, attention, and half the size but on the last level."""

    def __init__(self, s: LucidrainsUnetSettings, level: int, before: int, after: int):
        last = level == len(s.dim_mults) - 1
        end = conv3(before, after) if last else Halve(before, after)
        blocks = [ResnetBlock(before, before, 4 * s.dim, ERAS[s.era]) for _ in range(2)]
        super().__init__([*blocks, s.attention(level, before), end])

    def forward(self, h: Tensor, embedding: Tensor, skips: list[Tensor]) -> Tensor:
        """Pictures at the level's end; what is needed on the way back is appended to `skips`."""
        h = self[0](h, embedding)
        skips.append(h)
        h = self[1](h, embedding)
        h = self[2](h) + h
        skips.append(h)
        h = self[3](h)
        return h


class UpLevel(nn.ModuleList):
    """Two residual blocks with what was kept, attention, and twice the size but at the end."""

    def __init__(self, s: LucidrainsUnetSettings, level: int, before: int, after: int):
        end = Double(after, before) if level else conv3(after, before)
        blocks = [ResnetBlock(after + before, after, 4 * s.dim, ERAS[s.era]) for _ in range(2)]
        super().__init__([*blocks, s.attention(level, after), end])

    def forward(self, h: Tensor, embedding: Tensor, skips: list[Tensor]) -> Tensor:
        """Pictures at the level's end; takes the last two of `skips`."""
        h = self[0](torch.cat([h, skips.pop()], 1), embedding)
        h = self[1](torch.cat([h, skips.pop()], 1), embedding)
        h = self[3](self[2](h) + h)
        return h
