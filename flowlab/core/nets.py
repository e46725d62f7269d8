"""The networks that learn a velocity, and the preconditioning that gives them a head start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.distributions import Distribution
from flowlab.core.document import Network
from flowlab.core.limits import Invalid
from flowlab.core.waves import Waves

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "selu": nn.SELU,
}

# The same functions, overwriting their argument where torch can: for inference only.
IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": lambda h: functional.silu(h, inplace=True),
    "relu": torch.relu_,
    "gelu": functional.gelu,
    "tanh": torch.tanh_,
    "elu": lambda h: functional.elu(h, inplace=True),
    "selu": torch.selu_,
}

_PLAIN_GAIN = 1 / math.sqrt(3)  # torch's default, which the published recipes start from
_GAIN = 1.8  # keeps the signal's size through SiLU layers: without it 1000 steps pass unused


@dataclass(frozen=True, eq=False)
class Moments:
    """Means (2,) and covariances (2, 2) of source and target, float64 on the CPU."""

    mean0: Tensor
    cov0: Tensor
    mean1: Tensor
    cov1: Tensor


def measure_moments(
    source: Distribution, target: Distribution, generator: torch.Generator, n: int = 20_000
) -> Moments:
    """Moments of both distributions, exact where they are mixtures, else from `n` samples."""
    return Moments(*_moments(source, generator, n), *_moments(target, generator, n))


def _moments(law: Distribution, generator: torch.Generator, n: int) -> tuple[Tensor, Tensor]:
    mixture = law.mixture()
    if mixture is None:
        x = law.sample(n, generator).double().cpu()
        return x.mean(0), torch.cov(x.T)
    w, means, covs = (v.double().cpu() for v in (mixture.weights, mixture.means, mixture.covs))
    w = w / w.sum()
    mean = w @ means
    off = means - mean
    return mean, torch.einsum("k,kij->ij", w, covs + off[:, :, None] * off[:, None, :])


@dataclass(frozen=True, eq=False)
class Frame:
    """What (x, t) give a net before its weights come in: v = base + out^T (gain * r), r its output.

    Samples are columns, so that every operation runs along memory.
    """

    features: Tensor  # (f + 1, n), what the layers see, and a row of ones
    base: Tensor | None  # (2, n), best linear velocity
    gain: Tensor | None  # (2, n) or (2, 1), scale of the residual along the common axes
    out: Tensor | None  # (2, 2), from the common axes to the plane

    def velocity(self, residual: Tensor) -> Tensor:
        """Velocity (2, n) from the layers' output (2, n)."""
        if self.base is None or self.gain is None or self.out is None:
            return residual
        return torch.addmm(self.base, self.out.T, self.gain * residual)


class VelocityNet(nn.Module):
    """MLP on cat(x, waves of x, t, sin(k pi t), cos(k pi t)), with or without preconditioning."""

    def __init__(self, spec: Network, generator: torch.Generator | None = None) -> None:
        super().__init__()
        plain = spec.kind == "iadb"  # cat(x, alpha) as published, whatever the other fields say
        self.time_features = 0 if plain else spec.time_features
        self.standard = Standardiser() if spec.precondition and not plain else None
        waves = waves_of(spec)
        self.waves = Waves(waves) if waves else None
        widths = [inputs_of(spec), *[spec.width] * spec.depth, 2]
        activation = _ACTIVATIONS[spec.activation]
        parts: list[nn.Module] = []
        gain = _PLAIN_GAIN if self.standard is None else _GAIN
        for before, after in pairwise(widths):
            parts += [_linear(before, after, gain, generator), activation()]
        self.net = nn.Sequential(*parts[:-1])
        if self.standard is not None:  # step 0 then shows the Gaussian flow
            nn.init.zeros_(parts[-2].weight)  # type: ignore[arg-type]
            nn.init.zeros_(parts[-2].bias)  # type: ignore[arg-type]

    def frame(self, x: Tensor, t: Tensor, into: Tensor | None = None) -> Frame:
        """All of the forward pass that no trained weight touches, for x (n, 2), t (n,) or (1,).

        The features are written `into` (f + 1, n), where that is given.
        """
        x, t = x.T, t[None]
        if self.standard is None:
            return Frame(self._features(x, t, None, into), None, None, None)
        y, base, gain = self.standard(x, t)
        blur = None if self.waves is None else self.standard.blur(t)
        return Frame(self._features(y, t, blur, into), base, gain, self.standard.out)

    def _features(self, y: Tensor, t: Tensor, blur: Tensor | None, into: Tensor | None) -> Tensor:
        places = [y] if self.waves is None else [y, self.waves(y, blur)]
        times = self.times(t).expand(-1, y.shape[1])
        parts = [*places, times, torch.ones_like(y[:1])]
        return torch.cat(parts) if into is None else torch.cat(parts, out=into)

    def times(self, t: Tensor) -> Tensor:
        """Rows t, sin(k pi t) and cos(k pi t) of times (1, n)."""
        k = torch.arange(1, self.time_features + 1, device=t.device)
        angle = math.pi * k[:, None] * t
        return torch.cat([t, angle.sin(), angle.cos()])

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, one for all (1,) or each its own (n,)."""
        frame = self.frame(x, t)
        residual: Tensor = self.net(frame.features[:-1].T)
        return frame.velocity(residual.T).T


def waves_of(spec: Network) -> int:
    """How many waves of x the network sees; where that hangs on the shapes, as if they are thin."""
    return 0 if spec.kind == "iadb" or spec.waves == "off" else spec.space_features


def inputs_of(spec: Network) -> int:
    """How many numbers the first layer sees."""
    return 3 if spec.kind == "iadb" else 3 + 2 * (waves_of(spec) + spec.time_features)


class Standardiser(nn.Module):
    """Whitens x_t and gives its best linear velocity, from the first two moments of both ends.

    One change of axes u = S x diagonalises both covariances at once: S (C0 + C1) S^T = I and
    S C0 S^T = diag(a). Then at every t, axis by axis, with s = t - a:
        Var(u_t) = s^2 + a (1 - a),  Cov(u', u_t) = s,  Var(u' | u_t) = a (1 - a) / Var(u_t),
    so any pair of covariances costs no more than diagonal ones and needs no inverse per sample.
    """

    def __init__(self) -> None:
        super().__init__()
        for name, shape in _BUFFERS.items():
            self.register_buffer(name, torch.zeros(shape))

    mean: Tensor  # (2,), of the source
    shift: Tensor  # (2,), from its mean to the target's
    into: Tensor  # (2, 2), S^T
    out: Tensor  # (2, 2), S^-T
    share: Tensor  # (2,), a: the source's share of the variance along each common axis
    spread: Tensor  # (2,), a (1 - a)

    def fit(self, moments: Moments) -> None:
        """Take the constants from the moments; degenerate covariances are widened a little."""
        values = _common_axes(moments)
        for name in _BUFFERS:
            getattr(self, name).copy_(values[name].float())

    def strays(self, moments: Moments) -> bool:
        """Do ends with these moments lie more than twice, or less than a quarter, as far out?"""
        mean, shift, into, _, share, spread = (getattr(self, k).cpu().double() for k in _BUFFERS)
        sizes = []
        for m, own_m, cov, own in (
            (moments.mean0, mean, moments.cov0, share),
            (moments.mean1, mean + shift, moments.cov1, spread / share.clamp_min(1e-12)),
        ):
            square = ((m - own_m) @ into).square() + (into.T @ cov @ into).diagonal()
            sizes.append(square / own.clamp_min(1e-9))
        size = torch.cat(sizes)
        return bool((size > 4).any() or (size < 1 / 16).any())

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whitened x, best linear velocity, gain of the residual: (2, n) at x (2, n), t (1, n)."""
        w, ws = self._weigh(t)
        centre = torch.addmm(self.mean[:, None], self.shift[:, None], t)
        y = w * (self.into.T @ (x - centre))
        base = torch.addmm(self.shift[:, None], self.out.T, ws * y)
        return y, base, w * self.spread.sqrt()[:, None]

    def _weigh(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """1 / std of x_t along each axis, and the slope of E[u' | u_t] in whitened u_t."""
        s = t - self.share[:, None]
        w = (s * s + self.spread[:, None]).rsqrt()
        return w, w * s

    def affine(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same at one time t (1, 1): matrices (2, 3) and (2, 3) of (x, 1), and gain (2, 1)."""
        w, ws = self._weigh(t)
        centre = self.mean[:, None] + t * self.shift[:, None]
        y = w * torch.cat([self.into.T, -self.into.T @ centre], 1)
        base = self.out.T @ (ws * y)
        base[:, 2:] += self.shift[:, None]
        return y, base, w * self.spread.sqrt()[:, None]

    def blur(self, t: Tensor) -> Tensor:
        """Least variances (2, n) that detail along each whitened axis can have at times t (1, n).

        x_t is a sum of two parts with shares p and 1 - p of the variance, and each blurs the
        other. Either may be a Gaussian, so detail as fine as both ends is seldom there:
        1 / (1 / p + 1 / (1 - p)) = p (1 - p), which vanishes at both ends of time.
        """
        w, _ = self._weigh(t)
        part = (1 - t).square() * self.share[:, None] * w.square()
        return part * (1 - part).clamp_min(0)


_BUFFERS: dict[str, tuple[int, ...]] = {
    "mean": (2,),
    "shift": (2,),
    "into": (2, 2),
    "out": (2, 2),
    "share": (2,),
    "spread": (2,),
}


def _common_axes(moments: Moments) -> dict[str, Tensor]:
    """The generalised eigenproblem of C0 against C0 + C1, in float64."""
    tiny = 1e-10 * float(torch.trace(moments.cov0 + moments.cov1)) + 1e-12
    cov0 = moments.cov0 + tiny * torch.eye(2, dtype=torch.float64)
    cov1 = moments.cov1 + tiny * torch.eye(2, dtype=torch.float64)
    values, axes = torch.linalg.eigh(cov0 + cov1)
    whiten = axes * values.rsqrt()  # whiten^T (C0 + C1) whiten = I
    share, turn = torch.linalg.eigh(whiten.T @ cov0 @ whiten)
    share_of_target = torch.linalg.eigvalsh(whiten.T @ cov1 @ whiten).flip(0)
    into = whiten @ turn
    return {
        "mean": moments.mean0,
        "shift": moments.mean1 - moments.mean0,
        "into": into,
        "out": torch.linalg.inv(into),
        "share": share,
        "spread": (share * share_of_target).clamp_min(1e-12),  # exact also where a is near 1
    }


def with_waves(
    arrays: Mapping[str, np.ndarray[Any, Any]], spec: Network
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights of a net without waves as those of `spec`, which sees waves and ignores them yet."""
    first = arrays["net.0.weight"]
    waves = np.zeros((len(first), 2 * waves_of(spec)), first.dtype)
    return {**arrays, "net.0.weight": np.concatenate([first[:, :2], waves, first[:, 2:]], 1)}


def build_network(
    spec: Network, moments: Moments | None = None, generator: torch.Generator | None = None
) -> VelocityNet:
    """The network of a document, on the CPU; `moments` are needed where it is preconditioned.

    Weights are drawn from the (CPU) `generator`: by torch's default law, or larger where the net is
    preconditioned, whose last layer then starts at zero.
    """
    net = VelocityNet(spec, generator)
    if net.standard is not None and moments is not None:
        net.standard.fit(moments)
    return net


def _linear(inputs: int, outputs: int, gain: float, generator: torch.Generator | None) -> nn.Linear:
    """A layer with weights of variance gain^2 / inputs; torch's global dice are left alone."""
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        width = math.sqrt(3) * gain * bound
        layer.weight.uniform_(-width, width, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


def load_arrays(net: VelocityNet, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Copy parameters and buffers by name; raises `Invalid` unless they are this network's."""
    own = net.state_dict()
    if {k: tuple(v.shape) for k, v in own.items()} != {k: v.shape for k, v in arrays.items()}:
        raise Invalid("These weights belong to a network of another kind or size.")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(torch.from_numpy(np.array(arrays[name])))
