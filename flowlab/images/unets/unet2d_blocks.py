"""The parts of `unet2d`: residual blocks, attention, and levels of both on one resolution."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.images.unets.layers import attend, conv3, doubled, group_norm, heads_of, over_pixels


@dataclass(frozen=True)
class BlockSettings:
    """What the blocks of one network have in common."""

    embedding: int  # width of the embedding of time and class
    groups: int
    eps: float
    head_width: int | None  # channels of an attention head; None is one head
    scale_shift: bool  # the embedding scales and shifts, or is added


class ResnetBlock(nn.Module):
    """Two convolutions and the embedding between them, added to the input and divided by `divisor`.

    As in diffusers' ResnetBlock2D, by its names of weights.
    """

    def __init__(self, before: int, after: int, common: BlockSettings, divisor: float = 1.0):
        super().__init__()
        self.norm1 = group_norm(common.groups, before, common.eps)
        self.conv1 = conv3(before, after)
        parts = 2 if common.scale_shift else 1
        self.time_emb_proj = nn.Linear(common.embedding, parts * after)
        self.norm2 = group_norm(common.groups, after, common.eps)
        self.conv2 = conv3(after, after)
        self.conv_shortcut = None if before == after else nn.Conv2d(before, after, 1)
        self.scale_shift, self.divisor = common.scale_shift, divisor

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h, w) of x (n, before, h, w) and the embedding (n, e)."""
        h: Tensor = self.conv1(functional.silu(self.norm1(x)))
        shift = over_pixels(self.time_emb_proj(functional.silu(embedding)))
        if self.scale_shift:
            scale, shift = shift.chunk(2, 1)
            h = self.norm2(h) * (1 + scale) + shift
        else:
            h = self.norm2(h + shift)
        h = self.conv2(functional.silu(h))
        h = h + (x if self.conv_shortcut is None else self.conv_shortcut(x))
        return h / self.divisor


class Attention(nn.Module):
    """Attention of each pixel to all, added to the input and divided by `divisor`."""

    def __init__(
        self, channels: int, common: BlockSettings, groups: int | None, divisor: float = 1.0
    ):
        super().__init__()
        self.heads = heads_of(channels, common.head_width)
        self.group_norm = None if groups is None else group_norm(groups, channels, common.eps)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])
        self.divisor = divisor

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        h: Tensor = x if self.group_norm is None else self.group_norm(x)
        h = h.flatten(2).mT  # (n, pixels, c)
        q, k, v = (self._split(to(h)) for to in (self.to_q, self.to_k, self.to_v))
        h = self.to_out[0](attend(q, k, v).transpose(1, 2).flatten(2))
        return (x + h.mT.reshape(x.shape)) / self.divisor

    def _split(self, rows: Tensor) -> Tensor:
        return torch.unflatten(rows, 2, (self.heads, -1)).transpose(1, 2)  # (n, heads, pixels, d)


class Downsample(nn.Module):
    """Half the size by a convolution; without padding, one row and column of zeros are added."""

    def __init__(self, channels: int, padding: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=padding)
        self.extra = 0 if padding else 1

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c, h / 2, w / 2)."""
        h: Tensor = self.conv(functional.pad(x, (0, self.extra, 0, self.extra)))
        return h


class Upsample(nn.Module):
    """Twice the size by repeated pixels and a convolution."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = conv3(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c, 2 h, 2 w)."""
        h: Tensor = self.conv(doubled(x))
        return h


class Level(nn.Module):
    """Residual blocks on one resolution, each with attention or none has it."""

    def __init__(self, pairs: list[tuple[int, int]], common: BlockSettings, attends: bool):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(*pair, common) for pair in pairs])
        attentions = [Attention(pair[1], common, common.groups) for pair in pairs if attends]
        self.attentions = nn.ModuleList(attentions)

    def block(self, i: int, h: Tensor, embedding: Tensor) -> Tensor:
        """Pictures after the residual block of that number and its attention."""
        h = self.resnets[i](h, embedding)
        h = self.attentions[i](h) if self.attentions else h
        return h


class DownLevel(Level):
    """A level on the way to lower resolutions: what each part returns is kept for the way back."""

    def __init__(
        self,
        pairs: list[tuple[int, int]],
        common: BlockSettings,
        attends: bool,
        padding: int | None,
    ):
        super().__init__(pairs, common, attends)
        ends = [] if padding is None else [Downsample(pairs[-1][1], padding)]
        self.downsamplers = nn.ModuleList(ends)

    def forward(self, h: Tensor, embedding: Tensor, skips: list[Tensor]) -> Tensor:
        """Pictures at the level's end, at half the size but on the last level."""
        for i in range(len(self.resnets)):
            h = self.block(i, h, embedding)
            skips.append(h)
        for downsample in self.downsamplers:
            h = downsample(h)
            skips.append(h)
        return h


class UpLevel(Level):
    """A level on the way back: each residual block takes what was kept as further channels."""

    def __init__(
        self, pairs: list[tuple[int, int]], common: BlockSettings, attends: bool, last: bool
    ):
        super().__init__(pairs, common, attends)
        self.upsamplers = nn.ModuleList([] if last else [Upsample(pairs[-1][1])])

    def forward(self, h: Tensor, embedding: Tensor, skips: list[Tensor]) -> Tensor:
        """Pictures at the level's end, at twice the size but on the last level."""
        for i in range(len(self.resnets)):
            h = self.block(i, torch.cat([h, skips.pop()], 1), embedding)
        for upsample in self.upsamplers:
            h = upsample(h)
        return h
