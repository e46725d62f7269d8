"""The small U-Net of a notebook on denoising diffusion, which many people have trained."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.limits import Checked, choice, number
from flowlab.images.unets.layers import conv3, over_pixels, sinusoids
from flowlab.images.unets.network import ImageNetwork
from flowlab.images.unets.settings import MOST_CHANNELS, check_wholes

_WIDTHS = (64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class SimpleUnetSettings(Checked):
    """Widths of the levels, of the time's embedding, and what batch normalisation uses."""

    channels: int = number(3, 1, 64, "channels")
    widths: tuple[int, ...] = _WIDTHS
    time_width: int = number(32, 4, 4096, "time_width")
    batch_norm: str = choice(
        "averages",
        {"averages": "Averages of the training", "batch": "Statistics of the batch"},
        "batch_norm",
        "The notebook samples without eval(), so that each batch is normalised by itself",
    )

    def __post_init__(self) -> None:
        """Raise `Invalid` for what can't be built."""
        super().__post_init__()
        check_wholes(self.widths, "widths", MOST_CHANNELS)


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation by the averages of the training, or by the batch's own statistics.

    Ioffe and Szegedy 2015, arXiv:1502.03167. The batch's own leave the averages as they are.
    """

    def __init__(self, channels: int, by_batch: bool):
        super().__init__(channels)
        self.by_batch = by_batch

    def forward(self, x: Tensor) -> Tensor:
        """Pictures of the shape of x (n, c, h, w)."""
        if self.training or not self.by_batch:
            return super().forward(x)
        return functional.batch_norm(
            x, None, None, self.weight, self.bias, training=True, eps=self.eps
        )


class Block(nn.Module):
    """Two convolutions with the time's embedding between them, then half or twice the size."""

    def __init__(self, before: int, after: int, s: SimpleUnetSettings, *, up: bool):
        super().__init__()
        by_batch = s.batch_norm == "batch"
        self.time_mlp = nn.Linear(s.time_width, after)
        self.conv1 = conv3(2 * before if up else before, after)
        resize = nn.ConvTranspose2d if up else nn.Conv2d
        self.transform = resize(after, after, 4, stride=2, padding=1)
        self.conv2 = conv3(after, after)
        self.bnorm1 = BatchNorm(after, by_batch)
        self.bnorm2 = BatchNorm(after, by_batch)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Pictures (n, after, h', w') of x (n, before, h, w), doubled channels on the way up."""
        h = self.bnorm1(self.conv1(x).relu()) + over_pixels(self.time_mlp(time).relu())
        y: Tensor = self.transform(self.bnorm2(self.conv2(h).relu()))
        return y


class SimpleUnet(ImageNetwork):
    """The notebook's SimpleUnet: four halvings and doublings, no attention, t a whole step.

    Each block on the way up is given what the one opposite returned as further channels. Its
    weights have the names and shapes of the notebook's `Diff_U_net.pt`.
    """

    def __init__(self, s: SimpleUnetSettings):
        super().__init__()
        self.settings, self.in_channels, self.out_channels = s, s.channels, s.channels
        self.side_multiple = 2 ** (len(s.widths) - 1)
        time = nn.Linear(s.time_width, s.time_width)
        self.time_mlp = nn.Sequential(nn.Identity(), time, nn.ReLU())
        self.conv0 = conv3(s.channels, s.widths[0])
        downs = [Block(*pair, s, up=False) for pair in pairwise(s.widths)]
        ups = [Block(*pair, s, up=True) for pair in pairwise(s.widths[::-1])]
        self.downs, self.ups = nn.ModuleList(downs), nn.ModuleList(ups)
        self.output = nn.Conv2d(s.widths[0], s.channels, 1)

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """The predicted noise (n, c, h, w) at x (n, c, h, w) and steps t (n,)."""
        self.validate(x, t, label)
        time = self.time_mlp(sinusoids(t, self.settings.time_width, 1).to(x.dtype))
        h: Tensor = self.conv0(x)
        skips: list[Tensor] = []
        for down in self.downs:
            h = down(h, time)
            skips.append(h)
        for up in self.ups:
            h = up(torch.cat([h, skips.pop()], 1), time)
        y: Tensor = self.output(h)
        return y
