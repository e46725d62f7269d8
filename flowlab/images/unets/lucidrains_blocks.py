"""The parts of `lucidrains_unet`: residual blocks, full and linear attention, as of four eras."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.images.unets.layers import attend, over_pixels

_EPS = 1e-5
_GROUPS = 8


@dataclass(frozen=True)
class Era:
    """How the blocks of one span of releases compute."""

    group_norms: bool  # in residual blocks; root mean squares otherwise
    standardised: bool  # each filter has mean 0 and variance 1 (Qiao et al. 2019, 1903.10520)
    layer_norms: bool  # before attention; root mean squares otherwise
    memory: int  # learned keys and values beside those of the pixels
    full_last: bool  # the lowest level has full attention, the others linear


ERAS = {
    "2022-11": Era(True, True, True, 0, False),
    "2023-06": Era(True, False, False, 0, True),
    "2023-10": Era(True, False, False, 4, True),
    "2024-05": Era(False, False, False, 4, True),
}


class ScaleNorm(nn.Module):
    """Each pixel's channels divided by their root mean square, or standardised; times `g`."""

    def __init__(self, channels: int, centred: bool = False):
        super().__init__()
        self.g = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.centred = centred

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        if not self.centred:
            h: Tensor = functional.normalize(x, dim=1) * self.g * x.shape[1] ** 0.5
            return h
        variance, mean = torch.var_mean(x, dim=1, correction=0, keepdim=True)
        return (x - mean) * (variance + _EPS).rsqrt() * self.g


class StandardisedConv(nn.Conv2d):
    """A convolution whose filters each have mean 0 and variance 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c', h, w)."""
        variance, mean = torch.var_mean(self.weight, dim=(1, 2, 3), correction=0, keepdim=True)
        weight = (self.weight - mean) * (variance + _EPS).rsqrt()
        return functional.conv2d(x, weight, self.bias, padding=self.padding)


class Block(nn.Module):
    """Convolution, norm, scale and shift where they are given, SiLU."""

    def __init__(self, before: int, after: int, era: Era):
        super().__init__()
        convolution = StandardisedConv if era.standardised else nn.Conv2d
        self.proj = convolution(before, after, 3, padding=1)
        self.norm = nn.GroupNorm(_GROUPS, after) if era.group_norms else ScaleNorm(after)

    def forward(self, x: Tensor, scale_shift: Tensor | None = None) -> Tensor:
        """Pictures (n, after, h, w) of x (n, before, h, w) and rows (n, 2 after, 1, 1)."""
        h: Tensor = self.norm(self.proj(x))
        if scale_shift is not None:
            scale, shift = scale_shift.chunk(2, 1)
            h = h * (1 + scale) + shift
        return functional.silu(h)


class ResnetBlock(nn.Module):
    """Two blocks, the first with the time's scale and shift, added to the input."""

    def __init__(self, before: int, after: int, embedding: int, era: Era):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(embedding, 2 * after))
        self.block1 = Block(before, after, era)
        self.block2 = Block(after, after, era)
        self.res_conv = nn.Identity() if before == after else nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h, w) of x (n, before, h, w) and the embedding (n, e)."""
        h: Tensor = self.block2(self.block1(x, over_pixels(self.mlp(embedding))))
        h = h + self.res_conv(x)
        return h


class Attention(nn.Module):
    """Full attention of each pixel to all and to the learned memory; the input is not added."""

    def __init__(self, channels: int, heads: int, width: int, era: Era):
        super().__init__()
        self.heads = heads
        self.norm = ScaleNorm(channels, era.layer_norms)
        if era.memory:
            self.mem_kv = nn.Parameter(torch.empty(2, heads, era.memory, width))
        self.to_qkv = nn.Conv2d(channels, 3 * heads * width, 1, bias=False)
        self.to_out = nn.Conv2d(heads * width, channels, 1)
        self.memory = era.memory

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (n, heads, d, pixels) of pictures x (n, c, h, w)."""
        rows: Tensor = self.to_qkv(self.norm(x)).flatten(2)
        q, k, v = torch.unflatten(rows, 1, (3, self.heads, -1)).unbind(1)
        return q, k, v

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        q, k, v = (rows.mT for rows in self.split(x))
        if self.memory:
            k, v = (_with_memory(m, rows, 2) for m, rows in zip(self.mem_kv, (k, v), strict=True))
        h = attend(q, k, v).mT.flatten(1, 2)  # (n, heads d, pixels)
        y: Tensor = self.to_out(torch.unflatten(h, 2, x.shape[2:]))
        return y


class LinearAttention(Attention):
    """Attention whose cost grows with the pixels, not with their square.

    softmax_d(q)^T (softmax_pixels(k) v^T) / sqrt(d): Shen et al. 2018, arXiv:1812.01243.
    """

    def __init__(self, channels: int, heads: int, width: int, era: Era):
        super().__init__(channels, heads, width, era)
        norm = ScaleNorm(channels, era.layer_norms)
        self.to_out = nn.Sequential(self.to_out, norm)  # type: ignore[assignment]
        if era.memory:
            self.mem_kv = nn.Parameter(torch.empty(2, heads, width, era.memory))
        self.by_pixels = era.standardised  # the values are divided by how many there are

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        q, k, v = self.split(x)
        if self.memory:
            k, v = (_with_memory(m, rows, 3) for m, rows in zip(self.mem_kv, (k, v), strict=True))
        v = v / (q.shape[3] if self.by_pixels else 1)
        context = k.softmax(3) @ v.mT  # (n, heads, d, d)
        h = context.mT @ q.softmax(2) * q.shape[2] ** -0.5
        y: Tensor = self.to_out(torch.unflatten(h.flatten(1, 2), 2, x.shape[2:]))
        return y


def _with_memory(memory: Tensor, rows: Tensor, axis: int) -> Tensor:
    """Keys or values (n, heads, ...) behind the learned ones (heads, ...)."""
    return torch.cat([memory.expand(len(rows), *memory.shape), rows], axis)
