"""The U-Net of pytorch-ddpm's checkpoints, by its names of weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flowlab.core.document.arguments import is_whole
from flowlab.core.document.limits import Checked, Invalid, number, shown
from flowlab.images.unets.layers import attend, conv3, doubled, group_norm, over_pixels
from flowlab.images.unets.network import ImageNetwork, label_embedding
from flowlab.images.unets.settings import MOST_BLOCKS, MOST_CHANNELS, check_wholes

_GROUPS = 32


@dataclass(frozen=True)
class DDPMUnetSettings(Checked):
    """The arguments of pytorch-ddpm's UNet, by its names; `attn` are levels with attention."""

    channels: int = number(3, 1, 64, "channels")
    T: int = number(1000, 1, 1_000_000, "T")
    ch: int = number(128, 1, MOST_CHANNELS, "ch")
    ch_mult: tuple[int, ...] = (1, 2, 2, 2)
    attn: tuple[int, ...] = (1,)
    num_res_blocks: int = number(2, 1, MOST_BLOCKS, "num_res_blocks")

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_wholes(self.ch_mult, "ch_mult", 64)
        if not isinstance(self.attn, tuple) or not all(is_whole(v, 0, 9) for v in self.attn):
            raise Invalid(f"attn must be numbers of levels from 0, not {shown(self.attn)}.")


class TimeEmbedding(nn.Module):
    """A table of all steps' sinusoids, and two layers."""

    def __init__(self, steps: int, before: int, after: int):
        super().__init__()
        layers = [nn.Linear(before, after), nn.SiLU(), nn.Linear(after, after)]
        self.timembedding = nn.Sequential(label_embedding(steps, before), *layers)
        self.steps = steps

    def forward(self, t: Tensor) -> Tensor:
        """The embedding (n, e) of steps (n,), each the nearest whole one from 0 to T - 1."""
        h: Tensor = self.timembedding(t.round().long().clamp(0, self.steps - 1))
        return h


class AttnBlock(nn.Module):
    """Attention of each pixel to all, of one head, added to the input."""

    def __init__(self, channels: int):
        super().__init__()
        self.group_norm = group_norm(_GROUPS, channels)
        self.proj_q = nn.Conv2d(channels, channels, 1)
        self.proj_k = nn.Conv2d(channels, channels, 1)
        self.proj_v = nn.Conv2d(channels, channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        y = self.group_norm(x)
        q, k, v = (to(y).flatten(2).mT[:, None] for to in (self.proj_q, self.proj_k, self.proj_v))
        h: Tensor = self.proj(attend(q, k, v)[:, 0].mT.reshape(x.shape))
        return x + h


class ResBlock(nn.Module):
    """Two convolutions with the embedding between them, added to the input; then attention."""

    def __init__(self, before: int, after: int, embedding: int, attends: bool):
        super().__init__()
        first = [group_norm(_GROUPS, before), nn.SiLU(), conv3(before, after)]
        last = [group_norm(_GROUPS, after), nn.SiLU(), nn.Identity(), conv3(after, after)]
        self.block1, self.block2 = nn.Sequential(*first), nn.Sequential(*last)
        self.temb_proj = nn.Sequential(nn.SiLU(), nn.Linear(embedding, after))
        self.shortcut = nn.Identity() if before == after else nn.Conv2d(before, after, 1)
        self.attn = AttnBlock(after) if attends else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h, w) of x (n, before, h, w) and the embedding (n, e)."""
        h: Tensor = self.block1(x) + over_pixels(self.temb_proj(embedding))
        h = self.attn(self.block2(h) + self.shortcut(x))
        return h


class Resize(nn.Module):
    """Half the size by a convolution, or twice by repeated pixels and a convolution."""

    def __init__(self, channels: int, *, up: bool):
        super().__init__()
        self.main = nn.Conv2d(channels, channels, 3, stride=1 if up else 2, padding=1)
        self.up = up

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, c, h', w')."""
        h: Tensor = self.main(doubled(x) if self.up else x)
        return h


class DDPMUnet(ImageNetwork):
    """The U-Net of w86763777's pytorch-ddpm, which predicts the noise at whole steps 0 to T - 1.

    Ho et al. 2020, arXiv:2006.11239, appendix B.
    """

    trainable = False

    def __init__(self, s: DDPMUnetSettings):
        super().__init__()
        self.settings, self.in_channels, self.out_channels = s, s.channels, s.channels
        self.side_multiple = 2 ** (len(s.ch_mult) - 1)
        self.time_embedding = TimeEmbedding(s.T, s.ch, 4 * s.ch)
        self.head = conv3(s.channels, s.ch)
        kept = [s.ch]
        self.downblocks = nn.ModuleList(_down_blocks(s, kept))
        width = kept[-1]
        middle = [ResBlock(width, width, 4 * s.ch, attends) for attends in (True, False)]
        self.middleblocks = nn.ModuleList(middle)
        self.upblocks = nn.ModuleList(_up_blocks(s, kept))
        last = s.ch * s.ch_mult[0]
        self.tail = nn.Sequential(group_norm(_GROUPS, last), nn.SiLU(), conv3(last, s.channels))

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The predicted noise (n, c, h, w) at x (n, c, h, w) and steps t (n,)."""
        self.validate(x, t, label)
        embedding = self.time_embedding(t)
        h = self.head(x)
        skips = [h]
        for block in self.downblocks:
            h = block(h, embedding) if isinstance(block, ResBlock) else block(h)
            skips.append(h)
        for block in self.middleblocks:
            h = block(h, embedding)
        for block in self.upblocks:
            residual = isinstance(block, ResBlock)
            h = block(torch.cat([h, skips.pop()], 1), embedding) if residual else block(h)
        y: Tensor = self.tail(h)
        return y


def _down_blocks(s: DDPMUnetSettings, kept: list[int]) -> list[nn.Module]:
    """Blocks from the highest resolution down; appends the channels of each to `kept`."""
    blocks: list[nn.Module] = []
    for level, factor in enumerate(s.ch_mult):
        width = s.ch * factor
        for _ in range(s.num_res_blocks):
            blocks.append(ResBlock(kept[-1], width, 4 * s.ch, level in s.attn))
            kept.append(width)
        if level < len(s.ch_mult) - 1:
            blocks.append(Resize(width, up=False))
            kept.append(width)
    return blocks


def _up_blocks(s: DDPMUnetSettings, kept: list[int]) -> list[nn.Module]:
    """Blocks from the lowest resolution up, each with what was kept; empties `kept`."""
    blocks: list[nn.Module] = []
    before = kept[-1]
    for level in reversed(range(len(s.ch_mult))):
        width = s.ch * s.ch_mult[level]
        for _ in range(s.num_res_blocks + 1):
            blocks.append(ResBlock(before + kept.pop(), width, 4 * s.ch, level in s.attn))
            before = width
        if level:
            blocks.append(Resize(width, up=True))
    return blocks
