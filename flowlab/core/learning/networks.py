"""The networks that learn a velocity, and the preconditioning that gives them a head start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.document import Network
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.parameterization import LINEAR_VELOCITY, Parameterization
from flowlab.core.learning.fourier import Waves
from flowlab.core.learning.preconditioning import Moments, Preconditioner

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "selu": nn.SELU,
}

# The same functions, overwriting their argument: for inference only.
IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": lambda h: functional.silu(h, inplace=True),
    "relu": torch.relu_,
    "gelu": lambda h: h.copy_(functional.gelu(h)),
    "tanh": torch.tanh_,
    "elu": lambda h: functional.elu(h, inplace=True),
    "selu": torch.selu_,
}

_LATER = {"standard.cross": (2,)}  # not in weights saved by the first versions: zero there

_PLAIN_GAIN = 1 / math.sqrt(3)  # torch's default, which the published recipes start from
_GAIN = 1.8  # keeps the signal's size through SiLU layers: without it 1000 steps pass unused


@dataclass(frozen=True, eq=False)
class Frame:
    """What (x, t) give a net before its weights come in: Y = base + out^T (gain * r), r its output.

    Samples are columns, so that every operation runs along memory.
    """

    features: Tensor  # (f + 1, n), what the layers see, and a row of ones
    base: Tensor | None  # (2, n), best linear prediction
    gain: Tensor | None  # (2, n) or (2, 1), scale of the residual along the common axes
    out: Tensor | None  # (2, 2), from the common axes to the plane

    def velocity(self, residual: Tensor) -> Tensor:
        """What is predicted (2, n), from the layers' output (2, n)."""
        if self.base is None or self.gain is None or self.out is None:
            return residual
        return torch.addmm(self.base, self.out.T, self.gain * residual)


class VelocityNet(nn.Module):
    """MLP on cat(x, waves of x, t, sin(k pi t), cos(k pi t)), with or without preconditioning.

    It predicts a velocity, or whatever else its `parameterization` is. Where it is conditional, it also sees
    which of its `classes` a sample is of, as a row for each that is one there and zero elsewhere.
    """

    def __init__(
        self,
        spec: Network,
        rng: torch.Generator | None = None,
        parameterization: Parameterization = LINEAR_VELOCITY,
        classes: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.count = len(classes)  # of the classes
        if classes:
            self.register_buffer("classes", torch.tensor(classes))
        plain = spec.kind == "iadb"  # cat(x, alpha) as published, whatever the other fields say
        self.time_features = 0 if plain else spec.time_features
        self.standard = (
            Preconditioner(parameterization) if spec.precondition and not plain else None
        )
        # A row of a class then has unit mean square, as the other inputs have.
        self.loud = 1.0 if self.standard is None else math.sqrt(max(1, self.count))
        waves = waves_of(spec)
        self.waves = Waves(waves) if waves else None
        widths = [inputs_of(spec, self.count), *[spec.width] * spec.depth, 2]
        activation = _ACTIVATIONS[spec.activation]
        parts: list[nn.Module] = []
        gain = _PLAIN_GAIN if self.standard is None else _GAIN
        for before, after in pairwise(widths):
            parts += [_linear(before, after, gain, rng), activation()]
        self.net = nn.Sequential(*parts[:-1])
        if self.standard is not None:  # step 0 then shows the Gaussian flow
            nn.init.zeros_(parts[-2].weight)  # type: ignore[arg-type]
            nn.init.zeros_(parts[-2].bias)  # type: ignore[arg-type]

    classes: Tensor  # (K,) int64 ascending, of a conditional net

    def frame(
        self,
        x: Tensor,
        t: Tensor,
        into: Tensor | None = None,
        condition: Tensor | None = None,
    ) -> Frame:
        """All of the forward pass that no trained weight touches, for x (n, 2), t (n,) or (1,).

        The features are written `into` (f + 1, n), where that is given. A conditional net is told
        the class of each sample, condition (n,) int64.
        """
        x, t = x.T, t[None]
        if self.standard is None:
            return Frame(self._features(x, t, None, into, condition), None, None, None)
        y, base, gain = self.standard(x, t)
        blur = None if self.waves is None else self.standard.blur(t)
        features = self._features(y, t, blur, into, condition)
        return Frame(features, base, gain, self.standard.out)

    def _features(
        self,
        y: Tensor,
        t: Tensor,
        blur: Tensor | None,
        into: Tensor | None,
        condition: Tensor | None,
    ) -> Tensor:
        parts = [y] if self.waves is None else [y, self.waves(y, blur)]
        parts += [self.times(t).expand(-1, y.shape[1])]
        if self.count:
            assert condition is not None
            parts += [self.told(condition).to(y)]
        parts += [torch.ones_like(y[:1])]
        return torch.cat(parts) if into is None else torch.cat(parts, out=into)

    def told(self, condition: Tensor) -> Tensor:
        """Rows (K, n) that say which class each sample is of: `loud` there and zero elsewhere."""
        return self.loud * (self.classes[:, None] == condition)

    def times(self, t: Tensor) -> Tensor:
        """Rows t, sin(k pi t) and cos(k pi t) of times (1, n)."""
        k = torch.arange(1, self.time_features + 1, device=t.device)
        angle = math.pi * k[:, None] * t
        return torch.cat([t, angle.sin(), angle.cos()])

    def forward(self, x: Tensor, t: Tensor, condition: Tensor | None = None) -> Tensor:
        """The prediction (n, 2) at x (n, 2) and t, one for all (1,) or each its own (n,)."""
        frame = self.frame(x, t, None, condition)
        residual: Tensor = self.net(frame.features[:-1].T)
        return frame.velocity(residual.T).T


def waves_of(spec: Network) -> int:
    """How many waves of x the network sees; where that hangs on the shapes, as if they are thin."""
    return 0 if spec.kind == "iadb" or spec.waves == "off" else spec.space_features


def inputs_of(spec: Network, classes: int = 0) -> int:
    """How many numbers the first layer sees, told apart by so many classes."""
    own = 3 if spec.kind == "iadb" else 3 + 2 * (waves_of(spec) + spec.time_features)
    return own + classes


def classes_in(arrays: Mapping[str, np.ndarray[Any, Any]]) -> tuple[int, ...]:
    """The classes that saved weights were told apart by, ascending; none of a plain net."""
    return tuple(int(k) for k in arrays.get("classes", ()))


def with_waves(
    arrays: Mapping[str, np.ndarray[Any, Any]], spec: Network
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights of a net without waves as those of `spec`, which sees waves and ignores them yet."""
    first = arrays["net.0.weight"]
    waves = np.zeros((len(first), 2 * waves_of(spec)), first.dtype)
    return {**arrays, "net.0.weight": np.concatenate([first[:, :2], waves, first[:, 2:]], 1)}


def with_classes(
    arrays: Mapping[str, np.ndarray[Any, Any]], classes: Sequence[int]
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights of a conditional net as those of one with other classes; it knows no new one yet.

    What a new class adds to the first layer is the mean of what the known ones add.
    """
    first, known = arrays["net.0.weight"], classes_in(arrays)
    if known == tuple(classes):
        return dict(arrays)
    rest, own = np.split(first, [first.shape[1] - len(known)], 1)
    columns = [own[:, known.index(k)] if k in known else own.mean(1) for k in classes]
    wide = np.concatenate([rest, np.stack(columns, 1)], 1)
    return {**arrays, "net.0.weight": wide, "classes": np.array(classes)}


def build_network(
    spec: Network,
    moments: Moments | None = None,
    rng: torch.Generator | None = None,
    parameterization: Parameterization = LINEAR_VELOCITY,
    classes: Sequence[int] = (),
) -> VelocityNet:
    """The network of a document, on the CPU; `moments` are needed where it is preconditioned.

    A conditional one needs the `classes` of the target, ascending.

    Weights are drawn from the (CPU) `generator`: by torch's default law, or larger where the net is
    preconditioned, whose last layer then starts at zero.
    """
    net = VelocityNet(spec, rng, parameterization, classes if spec.conditional else ())
    if net.standard is not None and moments is not None:
        net.standard.fit(moments)
    return net


def _linear(inputs: int, outputs: int, gain: float, rng: torch.Generator | None) -> nn.Linear:
    """A layer with weights of variance gain^2 / inputs; torch's global dice are left alone."""
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        width = math.sqrt(3) * gain * bound
        layer.weight.uniform_(-width, width, generator=rng)
        layer.bias.uniform_(-bound, bound, generator=rng)
    return layer


def load_arrays(net: VelocityNet, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Copy parameters and buffers by name; raises `Invalid` unless they are this network's."""
    own = net.state_dict()
    later = {k: np.zeros(shape, np.float32) for k, shape in _LATER.items() if k in own}
    arrays = {**later, **arrays}
    if {k: tuple(v.shape) for k, v in own.items()} != {k: v.shape for k, v in arrays.items()}:
        raise Invalid("These weights belong to a network of another kind or size.")
    if net.count and classes_in(arrays) != tuple(net.classes.tolist()):
        raise Invalid("These weights tell other classes apart than the target has.")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(torch.from_numpy(np.array(arrays[name])))
    if net.standard is not None:
        net.standard.resume()
