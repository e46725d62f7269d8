"""The network of variational diffusion models, as reflected diffusion trains it on scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.limits import Checked, Invalid, number, switch
from flowlab.images.unets.layers import attend, conv3, group_norm, over_pixels, sinusoids
from flowlab.images.unets.network import ImageNetwork
from flowlab.images.unets.settings import MOST_CHANNELS


@dataclass(frozen=True)
class VDMSettings(Checked):
    """Widths and depth, and the noise levels between which the network was trained."""

    channels: int = number(128, 4, MOST_CHANNELS, "channels")  # inside
    num_blocks: int = number(32, 1, 256, "num_blocks")
    attention: bool = switch(False, "attention")  # after each block; there is one in the middle
    input_channels: int = number(3, 1, 64, "input_channels")
    fourier_features: int = number(2, 0, 16, "fourier_features")  # frequencies of each channel
    scale_by_sigma: bool = switch(True, "scale_by_sigma")
    sigma_min: float = number(0.01, 1e-6, 1e3, "sigma_min")
    sigma_max: float = number(5.0, 1e-6, 1e4, "sigma_max")

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        if self.sigma_max <= self.sigma_min:
            raise Invalid("sigma_max must be larger than sigma_min.")


class FourierFeatures(nn.Module):
    """Pictures and sines and cosines of each channel, of frequencies that the weights bring."""

    def __init__(self, count: int):
        super().__init__()
        self.freqs: Tensor
        self.register_buffer("freqs", torch.empty(count, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, (1 + 2 count) c, h, w) of x (n, c, h, w)."""
        angles = 2 * math.pi * x[:, :, None] * self.freqs[:, None, None]
        waves = angles.flatten(1, 2)  # all frequencies of a channel before those of the next
        return torch.cat([x, waves.sin(), waves.cos()], 1)


class Block(nn.Module):
    """Two convolutions with the embedding between them, added to the input."""

    def __init__(self, before: int, after: int, embedding: int):
        super().__init__()
        self.conv1, self.conv2 = conv3(before, after), conv3(after, after)
        self.norm1, self.norm2 = _norm(before), _norm(after)
        self.skip = nn.Identity() if before == after else nn.Conv2d(before, after, 1)
        self.cond_map = nn.Linear(embedding, after, bias=False)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Pictures (n, after, h, w) of x (n, before, h, w) and the embedding (n, e)."""
        h = self.conv1(functional.silu(self.norm1(x))) + over_pixels(self.cond_map(embedding))
        y: Tensor = self.conv2(functional.silu(self.norm2(h))) + self.skip(x)
        return y


class AttnBlock(nn.Module):
    """Attention of each pixel to all, of one head, added to the input."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = _norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        rows = torch.unflatten(self.qkv(self.norm(x)).flatten(2), 1, (1, -1, 3))
        q, k, v = (part.mT for part in rows.unbind(3))  # (n, 1, pixels, c)
        h: Tensor = self.proj_out(attend(q, k, v)[:, 0].mT.reshape(x.shape))
        return x + h


class VDM(ImageNetwork):
    """A score network without halvings, of pictures in [0, 1] and noise levels sigma.

    Kingma et al. 2021, arXiv:2107.00630, appendix B; Lou and Ermon 2023, arXiv:2304.04740. Called
    with t = sigma.
    """

    trainable = False

    def __init__(self, s: VDMSettings):
        super().__init__()
        width, embedding = s.channels, 4 * s.channels
        self.settings, self.in_channels, self.out_channels = s, s.input_channels, s.input_channels
        layers = [nn.Linear(width, embedding), nn.SiLU(), nn.Linear(embedding, embedding)]
        self.cond_map = nn.Sequential(*layers)
        count = s.fourier_features
        self.image_fourier = FourierFeatures(count) if count else nn.Identity()
        self.conv_in = conv3((1 + 2 * count) * s.input_channels, width)
        self.enc = _blocks(s.num_blocks, width, s)
        self.mid1, self.mid2 = Block(width, width, embedding), Block(width, width, embedding)
        self.midattn = AttnBlock(width)
        self.dec = _blocks(s.num_blocks + 1, 2 * width, s)
        self.out = nn.Sequential(_norm(width), nn.SiLU(), conv3(width, s.input_channels))

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The score (n, c, h, w) at x (n, c, h, w) and noise levels t (n,)."""
        self.validate(x, t, label)
        embedding = self._embedding(t, x.dtype)
        h = self.conv_in(self.image_fourier(x))
        skips = [h]
        for i in range(self.settings.num_blocks):
            h = self._block(self.enc, i, h, embedding)
            skips.append(h)
        h = self.mid2(self.midattn(self.mid1(h, embedding)), embedding)
        for i in range(self.settings.num_blocks + 1):
            h = self._block(self.dec, i, torch.cat([h, skips.pop()], 1), embedding)
        y: Tensor = self.out(h)
        return y / over_pixels(t[:, None]).to(x.dtype) if self.settings.scale_by_sigma else y

    def _block(self, blocks: nn.ModuleList, i: int, h: Tensor, embedding: Tensor) -> Tensor:
        """Pictures after a residual block and its attention, which lie side by side."""
        if not self.settings.attention:
            h = blocks[i](h, embedding)
            return h
        h = blocks[2 * i + 1](blocks[2 * i](h, embedding))
        return h

    def _embedding(self, sigma: Tensor, dtype: torch.dtype) -> Tensor:
        s = self.settings
        share = (sigma - s.sigma_min) / (s.sigma_max - s.sigma_min)
        embedding: Tensor = self.cond_map(sinusoids(1000 * share, s.channels, 1).to(dtype))
        return embedding


def _norm(channels: int) -> nn.GroupNorm:
    return group_norm(min(channels // 4, 32), channels, 1e-6)


def _blocks(count: int, before: int, s: VDMSettings) -> nn.ModuleList:
    """So many residual blocks, with attention after each or not."""
    blocks: list[nn.Module] = []
    for _ in range(count):
        blocks.append(Block(before, s.channels, 4 * s.channels))
        blocks += [AttnBlock(s.channels)] if s.attention else []
    return nn.ModuleList(blocks)
