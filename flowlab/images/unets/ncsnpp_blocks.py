"""The parts of `ncsnpp`: residual blocks that may change the size, attention, and filters."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.images.unets.layers import attend, conv3, doubled, group_norm, over_pixels


def halved(x: Tensor, smooth: bool) -> Tensor:
    """Half the size: means of 2 x 2 pixels, or of 4 x 4 with weights 1, 3, 3, 1 each way."""
    if not smooth:
        return functional.avg_pool2d(x, 2)
    return functional.conv2d(x, _filter(x), stride=2, padding=1, groups=x.shape[1])


def enlarged(x: Tensor, smooth: bool) -> Tensor:
    """Twice the size: repeated pixels, or blended with weights 1, 3, 3, 1 each way."""
    if not smooth:
        return doubled(x)
    return functional.conv_transpose2d(x, 4 * _filter(x), stride=2, padding=1, groups=x.shape[1])


def _filter(x: Tensor) -> Tensor:
    """The filter (c, 1, 4, 4) of each channel, with sum 1."""
    row = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype, device=x.device) / 8
    return (row[:, None] * row).expand(x.shape[1], 1, 4, 4)


def norm(channels: int) -> nn.GroupNorm:
    """A normalisation of 32 groups of channels, or of four channels each where there are few."""
    return group_norm(max(1, min(channels // 4, 32)), channels, 1e-6)


class FourierProjection(nn.Module):
    """sin(2 pi w v) | cos(2 pi w v) of fixed random frequencies w: Tancik 2020, 2006.10739."""

    def __init__(self, width: int):
        super().__init__()
        self.W = nn.Parameter(torch.empty(width), requires_grad=False)

    def forward(self, v: Tensor) -> Tensor:
        """Rows (n, 2 width) of values (n,)."""
        angles = 2 * math.pi * v[:, None] * self.W
        return torch.cat([angles.sin(), angles.cos()], 1)


class NIN(nn.Module):
    """A linear map of each pixel's channels, its weights (in, out)."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.W = nn.Parameter(torch.empty(before, after))
        self.b = nn.Parameter(torch.empty(after))

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (n, pixels, after) of rows (n, pixels, before)."""
        return rows @ self.W + self.b


class AttnBlock(nn.Module):
    """Attention of each pixel to all, of one head, added to the input and divided by `divisor`."""

    def __init__(self, channels: int, divisor: float):
        super().__init__()
        self.GroupNorm_0 = norm(channels)
        self.NIN_0, self.NIN_1 = NIN(channels, channels), NIN(channels, channels)
        self.NIN_2, self.NIN_3 = NIN(channels, channels), NIN(channels, channels)
        self.divisor = divisor

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        rows = self.GroupNorm_0(x).flatten(2).mT[:, None]  # (n, 1, pixels, c)
        h: Tensor = self.NIN_3(attend(self.NIN_0(rows), self.NIN_1(rows), self.NIN_2(rows)))
        return (x + h[:, 0].mT.reshape(x.shape)) / self.divisor


class ResBlock(nn.Module):
    """Two convolutions with the embedding between them, added to the input, over `divisor`.

    `resize` is `halved` or `enlarged` where the size changes. As BigGAN's (Brock et al. 2018,
    arXiv:1809.11096), in Song et al. 2021, arXiv:2011.13456, appendix H.
    """

    def __init__(
        self, before: int, after: int, embedding: int, divisor: float, way: str, smooth: bool
    ):
        super().__init__()
        self.GroupNorm_0, self.GroupNorm_1 = norm(before), norm(after)
        self.Conv_0, self.Conv_1 = conv3(before, after), conv3(after, after)
        self.Dense_0 = nn.Linear(embedding, after)
        same = before == after and way == "same"
        self.Conv_2 = None if same else nn.Conv2d(before, after, 1)
        self.divisor, self.way, self.smooth = divisor, way, smooth

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h', w') of x (n, before, h, w) and the embedding (n, e)."""
        h: Tensor = self._resized(functional.silu(self.GroupNorm_0(x)))
        h = self.Conv_0(h) + over_pixels(self.Dense_0(functional.silu(embedding)))
        h = self.Conv_1(functional.silu(self.GroupNorm_1(h)))
        x = self._resized(x)
        h = h + (x if self.Conv_2 is None else self.Conv_2(x))
        return h / self.divisor

    def _resized(self, x: Tensor) -> Tensor:
        if self.way == "down":
            return halved(x, self.smooth)
        return enlarged(x, self.smooth) if self.way == "up" else x


class PyramidHalving(nn.Module):
    """Half the size of the picture that each level is given, by a convolution."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.Conv_0 = nn.Conv2d(before, after, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, after, h / 2, w / 2)."""
        h: Tensor = self.Conv_0(functional.pad(x, (0, 1, 0, 1)))
        return h


class SmoothPyramidHalving(nn.Module):
    """The same, with the picture smoothed first."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.Conv2d_0 = nn.Conv2d(before, after, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, after, h / 2, w / 2)."""
        smoothed = functional.conv2d(x, _filter(x), padding=2, groups=x.shape[1])
        h: Tensor = self.Conv2d_0(smoothed)
        return h
