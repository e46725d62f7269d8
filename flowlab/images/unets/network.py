"""What all image networks have in common: how they are called, and what they need of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from flowlab.core.document.limits import Invalid


class ImageNetwork(nn.Module):
    """A network that maps a noisy picture and its time to a prediction of the same size.

    Called with x (n, c, h, w) and t (n,), and with labels (n,) int64 if it has classes, it returns
    (n, c', h, w). A network that is conditioned on a picture takes it as further channels of x. The
    time is a floating tensor in whatever unit the network was trained with; a step number is given
    as a float too.
    """

    in_channels: int = 3
    out_channels: int = 3
    classes: int = 0  # rows of the table of class embeddings; 0 if it has none
    side_multiple: int = 1  # of the pictures' sides, because of the halvings inside
    trainable: bool = True  # False for one whose initial weights only its own program knows

    def validate(self, x: Tensor, t: Tensor, label: Tensor | None) -> None:
        """Raise `Invalid` unless the network can be called with these; values aren't read."""
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            wanted = f"(n, {self.in_channels}, height, width)"
            raise Invalid(f"The pictures must be of shape {wanted}, not {tuple(x.shape)}.")
        n, sides = len(x), x.shape[2:]
        if any(side == 0 or side % self.side_multiple for side in sides):
            words = f"multiples of {self.side_multiple}, not {sides[0]} x {sides[1]}"
            raise Invalid(f"The sides of pictures for this network must be {words}.")
        if t.shape != (n,) or not t.is_floating_point():
            raise Invalid(f"The times must be a floating tensor of shape ({n},).")
        if (label is not None) != bool(self.classes):
            words = "needs a class for each picture" if self.classes else "takes no classes"
            raise Invalid(f"This network {words}.")
        if label is not None and label.shape != (n,):
            raise Invalid(f"The classes must be of shape ({n},), not {tuple(label.shape)}.")

    def todays_names(self, weights: Mapping[str, Any]) -> dict[str, Any]:
        """Weights by the names that this network has, of a file that may have older ones."""
        return dict(weights)

    def zero_at_start(self) -> list[str]:
        """Names of the weights that are zero when a training begins."""
        return []


def label_embedding(classes: int, width: int) -> nn.Embedding:
    """A table of class embeddings without initial values, which the weights bring."""
    # On the meta device, drawing initial values would import all of sympy: 8 s.
    return nn.Embedding(classes, width, _weight=torch.empty(classes, width))
