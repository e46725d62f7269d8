"""The networks that learn a velocity, and the preconditioning that gives them a head start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.array_types import AnyArray
from flowlab.core.document.document import Network
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.parameterization import LINEAR_VELOCITY, Parameterization
from flowlab.core.learning.fourier import FourierFeatures
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

_TORCH_GAIN = 1 / math.sqrt(3)  # torch's default, which the published recipes start from
_GAIN = 1.8  # keeps the signal's size through SiLU layers: without it 1000 steps pass unused


@dataclass(frozen=True, eq=False)
class PreparedInput:
    """What (x, t) give a net before its weights come in: Y = base + out^T (gain * r), r its output.

    Samples are columns, so that every operation runs along memory.
    """

    features: Tensor  # (f + 1, n), what the layers see, and a row of ones
    base: Tensor | None  # (2, n), best linear prediction
    gain: Tensor | None  # (2, n) or (2, 1), scale of the residual along the common axes
    unwhiten: Tensor | None  # (2, 2), from the common axes to the plane

    def prediction(self, residual: Tensor) -> Tensor:
        """What is predicted (2, n), from the layers' output (2, n)."""
        if self.base is None or self.gain is None or self.unwhiten is None:
            return residual
        return torch.addmm(self.base, self.unwhiten.T, self.gain * residual)


class VelocityNet(nn.Module):
    """MLP on cat(x, waves of x, t, sin(k pi t), cos(k pi t)), with or without preconditioning.

    It predicts a velocity, or whatever else its `parameterization` is. Where it is conditional,
    it also sees
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
        self.class_count = len(classes)  # of the classes
        if classes:
            self.register_buffer("classes", torch.tensor(classes))
        plain = spec.kind == "iadb"  # cat(x, alpha) as published, whatever the other fields say
        self.time_features = 0 if plain else spec.time_features
        self.standard = (
            Preconditioner(parameterization) if spec.precondition and not plain else None
        )
        # A row of a class then has unit mean square, as the other inputs have.
        self.one_hot_scale = (
            1.0 if self.preconditioner is None else math.sqrt(max(1, self.class_count))
        )
        count = fourier_count(spec)
        self.fourier = FourierFeatures(count) if count else None
        widths = [input_width(spec, self.class_count), *[spec.width] * spec.depth, 2]
        activation = _ACTIVATIONS[spec.activation]
        parts: list[nn.Module] = []
        gain = _TORCH_GAIN if self.preconditioner is None else _GAIN
        for before, after in pairwise(widths):
            parts += [_linear(before, after, gain, rng), activation()]
        self.net = nn.Sequential(*parts[:-1])
        if self.preconditioner is not None:  # step 0 then shows the Gaussian flow
            nn.init.zeros_(parts[-2].weight)  # type: ignore[arg-type]
            nn.init.zeros_(parts[-2].bias)  # type: ignore[arg-type]

    classes: Tensor  # (K,) int64 ascending, of a conditional net

    @property
    def preconditioner(self) -> Preconditioner | None:
        """The preconditioner, None without; saved weights name it `standard`."""
        return self.standard

    def prepare(
        self,
        x: Tensor,
        t: Tensor,
        buffer: Tensor | None = None,
        condition: Tensor | None = None,
    ) -> PreparedInput:
        """All of the forward pass that no trained weight touches, for x (n, 2), t (n,) or (1,).

        The features are written `buffer` (f + 1, n), where that is given. A conditional net is told
        the class of each sample, condition (n,) int64.
        """
        x, t = x.T, t[None]
        if self.preconditioner is None:
            return PreparedInput(self._features(x, t, None, buffer, condition), None, None, None)
        y, base, gain = self.preconditioner(x, t)
        blur = None if self.fourier is None else self.preconditioner.blur(t)
        features = self._features(y, t, blur, buffer, condition)
        return PreparedInput(features, base, gain, self.preconditioner.unwhiten)

    def _features(
        self,
        y: Tensor,
        t: Tensor,
        blur: Tensor | None,
        buffer: Tensor | None,
        condition: Tensor | None,
    ) -> Tensor:
        parts = [y] if self.fourier is None else [y, self.fourier(y, blur)]
        parts += [self.times(t).expand(-1, y.shape[1])]
        if self.class_count:
            assert condition is not None
            parts += [self.one_hot(condition).to(y)]
        parts += [torch.ones_like(y[:1])]
        return torch.cat(parts) if buffer is None else torch.cat(parts, out=buffer)

    def one_hot(self, condition: Tensor) -> Tensor:
        """Rows (K, n) with `one_hot_scale` at each sample's class and zero elsewhere."""
        return self.one_hot_scale * (self.classes[:, None] == condition)

    def times(self, t: Tensor) -> Tensor:
        """Rows t, sin(k pi t) and cos(k pi t) of times (1, n)."""
        k = torch.arange(1, self.time_features + 1, device=t.device)
        angle = math.pi * k[:, None] * t
        return torch.cat([t, angle.sin(), angle.cos()])

    def forward(self, x: Tensor, t: Tensor, condition: Tensor | None = None) -> Tensor:
        """The prediction (n, 2) at x (n, 2) and t, one for all (1,) or each its own (n,)."""
        prepared = self.prepare(x, t, None, condition)
        residual: Tensor = self.net(prepared.features[:-1].T)
        return prepared.prediction(residual.T).T


def fourier_count(spec: Network) -> int:
    """How many waves of x the network sees; where that hangs on the shapes, as if they are thin."""
    return 0 if spec.kind == "iadb" or spec.waves == "off" else spec.space_features


def input_width(spec: Network, classes: int = 0) -> int:
    """How many numbers the first layer sees, told apart by so many classes."""
    features = 3 if spec.kind == "iadb" else 3 + 2 * (fourier_count(spec) + spec.time_features)
    return features + classes


def classes_in(arrays: Mapping[str, AnyArray]) -> tuple[int, ...]:
    """The classes that saved weights were told apart by, ascending; none of a plain net."""
    return tuple(int(k) for k in arrays.get("classes", ()))


def with_fourier_features(arrays: Mapping[str, AnyArray], spec: Network) -> dict[str, AnyArray]:
    """Weights of a net without waves as those of `spec`, which sees waves and ignores them yet."""
    first = arrays["net.0.weight"]
    ignored = np.zeros((len(first), 2 * fourier_count(spec)), first.dtype)
    return {**arrays, "net.0.weight": np.concatenate([first[:, :2], ignored, first[:, 2:]], 1)}


def with_classes(arrays: Mapping[str, AnyArray], classes: Sequence[int]) -> dict[str, AnyArray]:
    """Weights of a conditional net as those of one with other classes; it knows no new one yet.

    What a new class adds to the first layer is the mean of what the known ones add.
    """
    first, classes_before = arrays["net.0.weight"], classes_in(arrays)
    if classes_before == tuple(classes):
        return dict(arrays)
    rest, class_columns = np.split(first, [first.shape[1] - len(classes_before)], 1)
    columns = [
        class_columns[:, classes_before.index(k)] if k in classes_before else class_columns.mean(1)
        for k in classes
    ]
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
    if net.preconditioner is not None and moments is not None:
        net.preconditioner.fit(moments)
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


def load_arrays(net: VelocityNet, arrays: Mapping[str, AnyArray]) -> None:
    """Copy parameters and buffers by name; raises `Invalid` unless they are this network's."""
    state = net.state_dict()
    later = {k: np.zeros(shape, np.float32) for k, shape in _LATER.items() if k in state}
    arrays = {**later, **arrays}
    if {k: tuple(v.shape) for k, v in state.items()} != {k: v.shape for k, v in arrays.items()}:
        raise Invalid("These weights belong to a network of another kind or size.")
    if net.class_count and classes_in(arrays) != tuple(net.classes.tolist()):
        raise Invalid("These weights tell other classes apart than the target has.")
    with torch.no_grad():
        for name, value in state.items():
            value.copy_(torch.from_numpy(np.array(arrays[name])))
    if net.preconditioner is not None:
        net.preconditioner.validate()
