"""NCSN++: the score network of score SDEs, reflected diffusion and rectified flow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.arguments import is_whole
from flowlab.core.document.limits import Checked, Invalid, choice, number, shown, switch
from flowlab.images.unets.layers import conv3, over_pixels, sinusoids
from flowlab.images.unets.ncsnpp_blocks import (
    AttnBlock,
    FourierProjection,
    PyramidHalving,
    ResBlock,
    SmoothPyramidHalving,
    norm,
)
from flowlab.images.unets.network import ImageNetwork
from flowlab.images.unets.settings import MOST_BLOCKS, MOST_CHANNELS, check_wholes


@dataclass(frozen=True)
class NCSNppSettings(Checked):
    """The settings of NCSN++ by their usual names; `attention` are levels with attention.

    With `centred`, pictures in [0, 1] are mapped to [-1, 1] first; None is yes with Fourier
    features of the noise level and no with whole steps, as the public programs have it.
    """

    nf: int = number(128, 4, MOST_CHANNELS, "nf")
    channels: int = number(3, 1, 64, "channels")
    ch_mult: tuple[int, ...] = (1, 2, 2, 2)
    num_res_blocks: int = number(8, 1, MOST_BLOCKS, "num_res_blocks")
    attention: tuple[int, ...] = (1,)
    embedding_type: str = choice(
        "fourier", {"fourier": "noise levels", "positional": "steps"}, "embedding_type"
    )
    progressive_input: str = choice(
        "residual", {"residual": "at each level", "none": "once"}, "progressive_input"
    )
    fir: bool = switch(False, "fir")  # sizes change by smooth filters
    skip_rescale: bool = switch(True, "skip_rescale")
    scale_by_sigma: bool = switch(True, "scale_by_sigma")
    num_scales: int = number(1000, 1, 1_000_000, "num_scales")
    centred: bool | None = None

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_wholes(self.ch_mult, "ch_mult", 64)
        places = self.attention
        if not isinstance(places, tuple) or not all(is_whole(v, 0, 9) for v in places):
            raise Invalid(f"attention must be numbers of levels from 0, not {shown(places)}.")
        if self.centred not in (None, True, False):
            raise Invalid(f"centred must be True, False or None, not {shown(self.centred)}.")
        if self.scale_by_sigma and self.embedding_type != "fourier":
            raise Invalid("scale_by_sigma needs a network that is told the noise level.")

    @property
    def divisor(self) -> float:
        """By which sums of two branches are divided."""
        return math.sqrt(2) if self.skip_rescale else 1.0

    def block(self, before: int, after: int, way: str = "same") -> ResBlock:
        """A residual block, which may halve ("down") or double ("up") the size."""
        return ResBlock(before, after, 4 * self.nf, self.divisor, way, self.fir)


class NCSNpp(ImageNetwork):
    """NCSN++ of Song et al. 2021, arXiv:2011.13456, with BigGAN's residual blocks.

    Called with t = sigma where it has Fourier features, and with a step else. The score is the
    last layer's output over sigma.
    """

    trainable = False
    sigmas: Tensor

    def __init__(self, s: NCSNppSettings):
        super().__init__()
        self.settings, self.in_channels, self.out_channels = s, s.channels, s.channels
        self.side_multiple = 2 ** (len(s.ch_mult) - 1)
        self.register_buffer("sigmas", torch.empty(s.num_scales))
        fourier = s.embedding_type == "fourier"
        first = [FourierProjection(s.nf)] if fourier else []
        width = 4 * s.nf
        linear = [nn.Linear((1 + fourier) * s.nf, width), nn.Linear(width, width)]
        kept: list[int] = []  # channels of the skip connections
        levels = [*_down(s, kept), *_middle(s, kept[-1]), *_up(s, kept)]
        last = s.ch_mult[0] * s.nf
        self.all_modules = nn.ModuleList(
            [*first, *linear, *levels, norm(last), conv3(last, s.channels)]
        )

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The prediction (n, c, h, w) at x (n, c, h, w) and noise levels or steps t (n,)."""
        self.validate(x, t, label)
        s = self.settings
        modules = iter(self.all_modules)
        embedding = self._embedding(t, x.dtype, modules)
        fourier = s.embedding_type == "fourier"
        x = 2 * x - 1 if (fourier if s.centred is None else s.centred) else x
        skips = self._down(x, embedding, modules)
        h = next(modules)(skips[-1], embedding)
        h = next(modules)(h)
        h = next(modules)(h, embedding)
        for level in reversed(range(len(s.ch_mult))):
            for _ in range(s.num_res_blocks + 1):
                h = next(modules)(torch.cat([h, skips.pop()], 1), embedding)
            h = next(modules)(h) if level in s.attention else h
            h = next(modules)(h, embedding) if level else h
        h = functional.silu(next(modules)(h))
        y: Tensor = next(modules)(h)
        return y / over_pixels(t[:, None]).to(x.dtype) if s.scale_by_sigma else y

    def _embedding(self, t: Tensor, dtype: torch.dtype, modules: Iterator[nn.Module]) -> Tensor:
        if self.settings.embedding_type == "fourier":
            rows = next(modules)(t.to(dtype).log())
        else:
            rows = sinusoids(t, self.settings.nf, 1).to(dtype)
        embedding: Tensor = next(modules)(rows)
        embedding = next(modules)(functional.silu(embedding))
        return embedding

    def _down(self, x: Tensor, embedding: Tensor, modules: Iterator[nn.Module]) -> list[Tensor]:
        """What all layers on the way down return, for the way up."""
        s, pyramid = self.settings, x
        skips = [next(modules)(x)]
        for level in range(len(s.ch_mult)):
            for _ in range(s.num_res_blocks):
                h = next(modules)(skips[-1], embedding)
                skips.append(next(modules)(h) if level in s.attention else h)
            if level < len(s.ch_mult) - 1:
                h = next(modules)(skips[-1], embedding)
                if s.progressive_input == "residual":
                    h = pyramid = (next(modules)(pyramid) + h) / s.divisor
                skips.append(h)
        return skips


def _down(s: NCSNppSettings, kept: list[int]) -> list[nn.Module]:
    """The first convolution and the levels down; appends the channels of each to `kept`."""
    modules: list[nn.Module] = [conv3(s.channels, s.nf)]
    kept.append(s.nf)
    pyramid = s.channels
    for level, factor in enumerate(s.ch_mult):
        width = s.nf * factor
        for _ in range(s.num_res_blocks):
            modules.append(s.block(kept[-1], width))
            modules += [AttnBlock(width, s.divisor)] if level in s.attention else []
            kept.append(width)
        if level < len(s.ch_mult) - 1:
            modules += _halving(s, pyramid, width)
            pyramid = width
            kept.append(width)
    return modules


def _halving(s: NCSNppSettings, pyramid: int, width: int) -> list[nn.Module]:
    """A residual block to half the size, and the picture at that size where it is given again."""
    block = s.block(width, width, "down")
    if s.progressive_input == "none":
        return [block]
    return [block, (SmoothPyramidHalving if s.fir else PyramidHalving)(pyramid, width)]


def _middle(s: NCSNppSettings, width: int) -> list[nn.Module]:
    return [s.block(width, width), AttnBlock(width, s.divisor), s.block(width, width)]


def _up(s: NCSNppSettings, kept: list[int]) -> list[nn.Module]:
    """The levels up, with attention once at the end of a level; empties `kept`."""
    modules: list[nn.Module] = []
    before = kept[-1]
    for level in reversed(range(len(s.ch_mult))):
        width = s.nf * s.ch_mult[level]
        for _ in range(s.num_res_blocks + 1):
            modules.append(s.block(before + kept.pop(), width))
            before = width
        modules += [AttnBlock(width, s.divisor)] if level in s.attention else []
        modules += [s.block(width, width, "up")] if level else []
    return modules
