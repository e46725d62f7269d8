"""The networks that learn a velocity, with preconditioning."""

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
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.interpolants.parameterization import LINEAR_VELOCITY, Parameterization
from flowlab.core.learning.fourier import FourierFeatures
from flowlab.core.learning.preconditioning import Moments, Preconditioner
from flowlab.core.learning.wall_preconditioner import WallPreconditioner

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

_LATER = {"standard.cross": (2,)}  # missing from weights of the first versions: zero

_TORCH_GAIN = 1 / math.sqrt(3)  # torch's default, as in the published recipes
_GAIN = 1.8  # keeps activations at unit size through SiLU; saves 1000 steps


@dataclass(frozen=True, eq=False)
class PreparedInput:
    """The weightless part of the forward pass: Y = base + unwhiten^T (gain * r), r the output.

    Samples are columns, so that every operation reads memory in order. As c_skip, c_out and c_in of
    EDM (Karras et al. 2022, arXiv:2206.00364), along two axes.
    """

    features: Tensor  # (f + 1, n), what the layers see, and a row of ones
    base: Tensor | None  # (k, n), best linear prediction; k is 4 with the noise, else 2
    gain: Tensor | None  # (k, n) or (k, 1), scale of the residual along the common axes
    unwhiten: Tensor | None  # (k, k), from the common axes to the plane

    def prediction(self, residual: Tensor) -> Tensor:
        """The prediction Y (k, n), from the layers' output (k, n)."""
        if self.base is None or self.gain is None or self.unwhiten is None:
            return residual
        return torch.addmm(self.base, self.unwhiten.T, self.gain * residual)


class VelocityNet(nn.Module):
    """MLP on cat(x, Fourier features of x, t, sin(k pi t), cos(k pi t)), preconditioned or not.

    It predicts Y of its `parameterization`, and E[z | x_t] beside it if that says so. A
    conditional network also gets the one-hot class of each sample, one row for each of its
    `classes`. Whoever prepares the inputs otherwise says how many `outputs` there are, and that x
    is `standardised`: the weights then start as behind a preconditioner.
    """

    def __init__(
        self,
        spec: Network,
        rng: torch.Generator | None = None,
        parameterization: Parameterization = LINEAR_VELOCITY,
        classes: Sequence[int] = (),
        *,
        outputs: int | None = None,
        standardised: bool = False,
    ) -> None:
        super().__init__()
        self.class_count = len(classes)
        if classes:
            self.register_buffer("classes", torch.tensor(classes))
        plain = spec.kind == "iadb"  # cat(x, alpha) as published; other fields are ignored
        self.time_features = 0 if plain else spec.time_features
        preconditioned = spec.precondition and not plain
        self.standard = _preconditioner(parameterization) if preconditioned else None
        # The one-hot rows then have unit mean square, as the other inputs do.
        self.one_hot_scale = math.sqrt(max(1, self.class_count)) if preconditioned else 1.0
        count = fourier_count(spec)
        self.fourier = FourierFeatures(count) if count else None
        widths = [input_width(spec, self.class_count), *[spec.width] * spec.depth]
        widths.append(parameterization.outputs if outputs is None else outputs)
        activation = _ACTIVATIONS[spec.activation]
        parts: list[nn.Module] = []
        standardised = standardised or self.preconditioner is not None
        gain = _GAIN if standardised else _TORCH_GAIN
        for before, after in pairwise(widths):
            parts += [_linear(before, after, gain, rng), activation()]
        self.net = nn.Sequential(*parts[:-1])
        if standardised:  # so step 0 is the Gaussian flow
            nn.init.zeros_(parts[-2].weight)  # type: ignore[arg-type]
            nn.init.zeros_(parts[-2].bias)  # type: ignore[arg-type]

    classes: Tensor  # (K,) int64 ascending, of a conditional net

    @property
    def preconditioner(self) -> Preconditioner | WallPreconditioner | None:
        """The preconditioner, None without; saved weights name it `standard`."""
        return self.standard

    def prepare(
        self,
        x: Tensor,
        t: Tensor,
        buffer: Tensor | None = None,
        condition: Tensor | None = None,
    ) -> PreparedInput:
        """Features, linear prediction and gain at x (n, 2), t (n,) or (1,): all but the layers.

        The features are written to `buffer` (f + 1, n) if given. A conditional network needs the
        class of each sample, `condition` (n,) int64.
        """
        x, t = x.T, t[None]
        if self.preconditioner is None:
            return PreparedInput(self._features(x, t, None, buffer, condition), None, None, None)
        y, base, gain = self.preconditioner(x, t)
        blur = None if self.fourier is None else self.preconditioner.blur(t)
        features = self._features(y, t, blur, buffer, condition)
        return PreparedInput(features, base, gain, self.preconditioner.output_axes)

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
        """One-hot rows (K, n) of the samples' classes, times `one_hot_scale`."""
        return self.one_hot_scale * (self.classes[:, None] == condition)

    def times(self, t: Tensor) -> Tensor:
        """Rows t, sin(k pi t) and cos(k pi t) of times (..., 1, n)."""
        k = torch.arange(1, self.time_features + 1, device=t.device)
        angle = math.pi * k[:, None] * t
        return torch.cat([t, angle.sin(), angle.cos()], -2)

    def slopes(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives in x and in y, (f + 1, n) each, of features (f + 1, n) between walls."""
        count = 0 if self.fourier is None else len(self.fourier.frequencies)
        inner, derivatives = self._inner(features), []
        sine, cosine = features[2 : 2 + count], features[2 + count : 2 + 2 * count]
        for axis in (0, 1):
            slope = torch.zeros_like(features)
            slope[:2] = inner[:, axis, None]
            if self.fourier is not None:
                rate = self.fourier.frequencies @ inner[:, axis, None]
                slope[2 : 2 + count] = rate * cosine
                slope[2 + count : 2 + 2 * count] = -rate * sine
            derivatives.append(slope)
        return derivatives[0], derivatives[1]

    def _inner(self, like: Tensor) -> Tensor:
        """How (2, 2) the first two features depend on x, between walls."""
        if self.preconditioner is None:
            return torch.eye(2).to(like)
        return self.preconditioner.affine(torch.zeros_like(like[None, :1, :1]))[0][0, :, :2]

    def forward(self, x: Tensor, t: Tensor, condition: Tensor | None = None) -> Tensor:
        """The prediction (n, k) at x (n, 2) and t, one for all (1,) or one each (n,)."""
        prepared = self.prepare(x, t, None, condition)
        residual: Tensor = self.net(prepared.features[:-1].T)
        return prepared.prediction(residual.T).T


def _preconditioner(of: Parameterization) -> Preconditioner | WallPreconditioner:
    return Preconditioner(of) if of.walls is None else WallPreconditioner(of.walls)


def fourier_count(spec: Network) -> int:
    """Number of Fourier frequencies of x; if auto, as for thin shapes."""
    return 0 if spec.kind == "iadb" or spec.waves == "off" else spec.space_features


def input_width(spec: Network, classes: int = 0) -> int:
    """Width of the first layer's input, with one-hot rows for so many classes."""
    features = 3 if spec.kind == "iadb" else 3 + 2 * (fourier_count(spec) + spec.time_features)
    return features + classes


def classes_in(arrays: Mapping[str, AnyArray]) -> tuple[int, ...]:
    """The classes that saved weights were conditioned on, ascending; empty if unconditional."""
    return tuple(int(k) for k in arrays.get("classes", ()))


def with_fourier_features(arrays: Mapping[str, AnyArray], spec: Network) -> dict[str, AnyArray]:
    """Weights of a network without Fourier features for `spec`, which has them: zero columns."""
    first = arrays["net.0.weight"]
    ignored = np.zeros((len(first), 2 * fourier_count(spec)), first.dtype)
    return {**arrays, "net.0.weight": np.concatenate([first[:, :2], ignored, first[:, 2:]], 1)}


def with_classes(arrays: Mapping[str, AnyArray], classes: Sequence[int]) -> dict[str, AnyArray]:
    """Weights of a conditional network for another set of classes.

    A new class starts with the mean of the known classes' columns in the first layer.
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
    """The network of a document, on the CPU; `moments` are needed if it is preconditioned.

    A conditional one needs the target's `classes`, ascending. Initial weights come from the CPU
    generator `rng`: torch's default distribution, or a larger one if the network is preconditioned,
    whose last layer then starts at zero.
    """
    net = VelocityNet(spec, rng, parameterization, classes if spec.conditional else ())
    if net.preconditioner is not None and moments is not None:
        net.preconditioner.fit(moments)
    return net


def _linear(inputs: int, outputs: int, gain: float, rng: torch.Generator | None) -> nn.Linear:
    """A layer with weights of variance gain^2 / inputs, not from torch's global generator."""
    layer = nn.Linear(inputs, outputs, device="meta")  # `to_empty` would import all of sympy
    layer.weight = nn.Parameter(torch.empty(outputs, inputs))
    layer.bias = nn.Parameter(torch.empty(outputs))
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        width = math.sqrt(3) * gain * bound
        layer.weight.uniform_(-width, width, generator=rng)
        layer.bias.uniform_(-bound, bound, generator=rng)
    return layer


def load_arrays(net: VelocityNet, arrays: Mapping[str, AnyArray]) -> None:
    """Copy parameters and buffers by name; raises `Invalid` if names, shapes or classes differ."""
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
