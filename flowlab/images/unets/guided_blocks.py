"""The parts of `guided_unet`: residual blocks that may change the size, and attention."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.images.unets.layers import attend, conv3, doubled, group_norm, over_pixels

_GROUPS = 32
_RESIZED = {
    "kept": lambda x: x,
    "halved": lambda x: functional.avg_pool2d(x, 2),
    "doubled": doubled,
}


@dataclass(frozen=True)
class GuidedCommon:
    """What the blocks of one network have in common."""

    embedding: int  # width of the embedding of time and class
    scale_shift: bool  # the embedding scales and shifts, or is added
    new_order: bool  # queries, keys and values before heads, or after


class Stage(nn.Sequential):
    """Layers one after the other, of which residual blocks are given the embedding too."""

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:  # type: ignore[override]
        """Pictures after all of them."""
        for layer in self:
            h = layer(h, embedding) if isinstance(layer, ResBlock) else layer(h)
        return h


class ResBlock(nn.Module):
    """Two convolutions with the embedding between them, added to the input.

    Input and branch are both halved or doubled in size if `resize` says so.
    """

    def __init__(self, before: int, after: int, common: GuidedCommon, resize: str = "kept"):
        super().__init__()
        first = [group_norm(_GROUPS, before), nn.SiLU(), conv3(before, after)]
        self.in_layers = nn.Sequential(*first)
        width = (2 if common.scale_shift else 1) * after
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(common.embedding, width))
        last = [group_norm(_GROUPS, after), nn.SiLU(), nn.Identity(), conv3(after, after)]
        self.out_layers = nn.Sequential(*last)
        same = before == after
        self.skip_connection = nn.Identity() if same else nn.Conv2d(before, after, 1)
        self.scale_shift, self.resized = common.scale_shift, _RESIZED[resize]

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h', w') of x (n, before, h, w) and the embedding (n, e)."""
        h: Tensor = self.in_layers[2](self.resized(self.in_layers[:2](x)))
        shift = over_pixels(self.emb_layers(embedding))
        if self.scale_shift:
            scale, shift = shift.chunk(2, 1)
            h = self.out_layers[1:](self.out_layers[0](h) * (1 + scale) + shift)
        else:
            h = self.out_layers(h + shift)
        h = h + self.skip_connection(self.resized(x))
        return h


class AttentionBlock(nn.Module):
    """Attention of each pixel to all, added to the input.

    The 3 c channels of `qkv` are read as (heads, 3, d), the legacy order, or as (3, heads, d).
    """

    def __init__(self, channels: int, heads: int, common: GuidedCommon):
        super().__init__()
        self.norm = group_norm(_GROUPS, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)
        self.heads, self.new_order = heads, common.new_order

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        rows: Tensor = self.qkv(self.norm(x.flatten(2)))  # (n, 3 c, pixels)
        order = (3, self.heads, -1) if self.new_order else (self.heads, 3, -1)
        q, k, v = torch.unflatten(rows, 1, order).mT.unbind(1 if self.new_order else 2)
        h: Tensor = self.proj_out(attend(q, k, v).mT.flatten(1, 2))  # (n, c, pixels)
        return x + h.reshape(x.shape)


class Downsample(nn.Module):
    """Half the size, by a convolution or by means of 2 x 2 pixels."""

    def __init__(self, channels: int, learned: bool):
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, 2, 1) if learned else nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c, h / 2, w / 2)."""
        h: Tensor = self.op(x)
        return h


class Upsample(nn.Module):
    """Twice the size by repeated pixels, with a convolution after it or without."""

    def __init__(self, channels: int, learned: bool):
        super().__init__()
        self.conv = conv3(channels, channels) if learned else None

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c, 2 h, 2 w)."""
        h = doubled(x)
        h = h if self.conv is None else self.conv(h)
        return h
