"""What several image networks compute alike: sinusoids of time, attention, norms, sizes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.limits import Invalid


def sinusoids(
    t: Tensor, width: int, shift: float = 0.0, *, period: float = 10_000.0, cos_first: bool = False
) -> Tensor:
    """Rows (n, width) sin(f_i t) | cos(f_i t), f_i = period^(-i / (half - shift)), of times (n,).

    Vaswani et al. 2017, arXiv:1706.03762, section 3.5, with all sines before all cosines, or the
    other way round; with shift 1 the lowest frequency is 1 / period. An odd width has a last column
    of zeros.
    """
    half = width // 2
    i = torch.arange(half, dtype=torch.float32, device=t.device)
    angles = t[:, None].float() * (-math.log(period) * i / (half - shift)).exp()
    halves = [angles.cos(), angles.sin()] if cos_first else [angles.sin(), angles.cos()]
    return functional.pad(torch.cat(halves, 1), (0, width % 2))


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention softmax(q k^T / sqrt(d)) v of all places to all, (n, heads, places, d) each.

    Vaswani et al. 2017, arXiv:1706.03762, equation 1.
    """
    return functional.scaled_dot_product_attention(q, k, v)


def heads_of(channels: int, width: int | None) -> int:
    """How many heads of `width` channels there are, one if that is None; raises `Invalid`."""
    heads = 1 if width is None else channels // width
    if not heads or channels % heads:
        raise Invalid(f"{channels} channels can't be split into attention heads of {width}.")
    return heads


def group_norm(groups: int, channels: int, eps: float = 1e-5) -> nn.GroupNorm:
    """A normalisation of groups of channels; raises `Invalid` if they don't divide evenly."""
    if channels % groups:
        raise Invalid(f"{channels} channels can't be normalised in {groups} equal groups.")
    return nn.GroupNorm(groups, channels, eps)


def conv3(before: int, after: int) -> nn.Conv2d:
    """A convolution of 3 x 3 pixels that keeps the size."""
    return nn.Conv2d(before, after, 3, padding=1)


def doubled(x: Tensor) -> Tensor:
    """Pictures (n, c, 2 h, 2 w) with each pixel repeated."""
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def over_pixels(rows: Tensor) -> Tensor:
    """Rows (n, c) as (n, c, 1, 1), to be added to pictures."""
    return rows[:, :, None, None]
