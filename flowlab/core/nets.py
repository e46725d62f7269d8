"""The networks that learn a velocity, and the preconditioning that gives them a head start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.aims import LINEAR_VELOCITY, Aim
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

# The same functions, overwriting their argument: for inference only.
IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": lambda h: functional.silu(h, inplace=True),
    "relu": torch.relu_,
    "gelu": lambda h: h.copy_(functional.gelu(h)),
    "tanh": torch.tanh_,
    "elu": lambda h: functional.elu(h, inplace=True),
    "selu": torch.selu_,
}

_PLAIN_GAIN = 1 / math.sqrt(3)  # torch's default, which the published recipes start from
_GAIN = 1.8  # keeps the signal's size through SiLU layers: without it 1000 steps pass unused


@dataclass(frozen=True, eq=False)
class Moments:
    """Means (2,) and covariances (2, 2) of source and target, float64 on the CPU.

    `cross` is Cov(x0, x1), its rows those of x0; zero where the two are drawn independently.
    """

    mean0: Tensor
    cov0: Tensor
    mean1: Tensor
    cov1: Tensor
    cross: Tensor = field(default_factory=lambda: torch.zeros(2, 2, dtype=torch.float64))


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

    It predicts a velocity, or whatever else its `aim` is.
    """

    def __init__(
        self,
        spec: Network,
        generator: torch.Generator | None = None,
        aim: Aim = LINEAR_VELOCITY,
    ) -> None:
        super().__init__()
        plain = spec.kind == "iadb"  # cat(x, alpha) as published, whatever the other fields say
        self.time_features = 0 if plain else spec.time_features
        self.standard = Standardiser(aim) if spec.precondition and not plain else None
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
        """The prediction (n, 2) at x (n, 2) and t, one for all (1,) or each its own (n,)."""
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
    """Whitens x_t and gives the best linear prediction of Y, from the moments of both ends.

    One change of axes u = S x diagonalises both covariances at once: S (C0 + C1) S^T = I and
    S C0 S^T = diag(a). Then along each axis, at every t, everything is a number: for
    x_t = alpha x0 + beta x1 + gamma z and Y = p x0 + q x1 + r z the variance of u_t, that of Y and
    their covariance follow from a, 1 - a, the noise's g and the ends' k, so that any pair of
    covariances costs no more than diagonal ones and needs no inverse per sample. Of the noise,
    whose covariance gamma^2 S S^T need not be diagonal there, and of Cov(x0, x1) the diagonal is
    taken.
    """

    def __init__(self, aim: Aim = LINEAR_VELOCITY) -> None:
        super().__init__()
        self.aim = aim
        self.ceiling: Tensor | None = None  # (2, 1), of the gain
        self.straight = aim.plain  # the linear path, its velocity, independent ends: fewer terms
        for name, shape in _BUFFERS.items():
            self.register_buffer(name, torch.zeros(shape))

    mean: Tensor  # (2,), of the source
    shift: Tensor  # (2,), from its mean to the target's
    into: Tensor  # (2, 2), S^T
    out: Tensor  # (2, 2), S^-T
    share: Tensor  # (2,), a: the source's share of the variance along each common axis
    spread: Tensor  # (2,), a (1 - a)
    cross: Tensor  # (2,), k: the covariance of the ends along each common axis

    def fit(self, moments: Moments) -> None:
        """Take the constants from the moments; degenerate covariances are widened a little."""
        values = _common_axes(moments)
        for name in _BUFFERS:
            getattr(self, name).copy_(values[name].float())
        self.settle()

    def settle(self) -> None:
        """See, after the constants have changed, how few terms will do."""
        self.straight = self.aim.plain and not bool(self.cross.any())
        if self.aim.name == "velocity" and self.aim.path.steep:
            middle = torch.linspace(0.1, 0.9, 33, dtype=torch.float64)[None]
            self.ceiling = self.gains(middle.to(self.mean)).amax(1, keepdim=True)

    def strays(self, moments: Moments) -> bool:
        """Do ends with these moments lie more than twice, or less than a quarter, as far out?"""
        names = ("mean", "shift", "into", "share", "spread")
        mean, shift, into, share, spread = (getattr(self, k).cpu().double() for k in names)
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
        """Whitened x, best linear prediction, gain of the rest: (2, n) at x (2, n), t (1, n)."""
        if not self.straight:
            w, slope, gain = self._regression(t)
            centre, offset = self._means(t)
            y = w * (self.into.T @ (x - centre))
            return y, torch.addmm(offset, self.out.T, slope * y), self._capped(gain)
        w, ws = self._weigh(t)
        centre = torch.addmm(self.mean[:, None], self.shift[:, None], t)
        y = w * (self.into.T @ (x - centre))
        base = torch.addmm(self.shift[:, None], self.out.T, ws * y)
        return y, base, w * self.spread.sqrt()[:, None]

    def _weigh(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """1 / std of x_t along each axis, and the slope of E[u' | u_t] in whitened u_t.

        With s = t - a: Var(u_t) = s^2 + a (1 - a), Cov(u', u_t) = s.
        """
        s = t - self.share[:, None]
        w = (s * s + self.spread[:, None]).rsqrt()
        return w, w * s

    def _regression(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """1 / std of u_t, the slope of E[Y | u_t] in whitened u_t, and std(Y | u_t): (2, n)."""
        aim, path = self.aim, self.aim.path
        alpha, beta, gamma = path.alpha(t), path.beta(t), path.gamma(t)
        p, q, r = aim.p(t), aim.q(t), aim.r(t)
        a, b, k = (v.to(t)[:, None] for v in (self.share, self._rest(), self.cross))
        g = self.into.to(t).square().sum(0)[:, None]
        variance = alpha**2 * a + beta**2 * b + gamma**2 * g + 2 * alpha * beta * k
        along = p * alpha * a + q * beta * b + r * gamma * g + (p * beta + q * alpha) * k
        # Gram's determinant of u_t and Y, by the minors of their coefficients: never negative.
        one, two, three = p * beta - q * alpha, p * gamma - r * alpha, q * gamma - r * beta
        left = one**2 * (self.spread.to(t)[:, None] - k * k).clamp_min(1e-12)
        left = left + g * (two**2 * a + three**2 * b + 2 * two * three * k)
        w = variance.rsqrt()
        return w, along * w, w * left.clamp_min(0).sqrt()

    def _rest(self) -> Tensor:
        """1 - a, also where a is near 1."""
        exact = self.spread / self.share.clamp_min(0.5)
        return torch.where(self.share < 0.5, 1 - self.share, exact)

    def _means(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Means of x_t and of Y, (2, n)."""
        path, aim = self.aim.path, self.aim
        m0, m1 = (v.to(t)[:, None] for v in (self.mean, self.mean + self.shift))
        return path.alpha(t) * m0 + path.beta(t) * m1, aim.p(t) * m0 + aim.q(t) * m1

    def affine(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """At one time t (1, 1): whitened x and prediction, (2, 3) of (x, 1), and gain (2, 1)."""
        if not self.straight:
            return self._affine_of_any(t)
        w, ws = self._weigh(t)
        centre = self.mean[:, None] + t * self.shift[:, None]
        y = w * torch.cat([self.into.T, -self.into.T @ centre], 1)
        base = self.out.T @ (ws * y)
        base[:, 2:] += self.shift[:, None]
        return y, base, w * self.spread.sqrt()[:, None]

    def _affine_of_any(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        into = self.into.to(t)
        w, slope, gain = self._regression(t)
        centre, offset = self._means(t)
        y = w * torch.cat([into.T, -into.T @ centre], 1)
        base = torch.linalg.solve(into.T, slope * y)
        base[:, 2:] += offset
        return y, base, self._capped(gain)

    def linear(self, x: Tensor, t: Tensor) -> Tensor:
        """The best linear prediction (2, n) at x (2, n) and t (1, n), in the precision of these."""
        into = self.into.to(t)
        w, slope, _ = self._regression(t)
        centre, offset = self._means(t)
        along: Tensor = torch.linalg.solve(into.T, slope * w * (into.T @ (x - centre)))
        return offset + along

    def gains(self, t: Tensor) -> Tensor:
        """std(Y | x_t) along the common axes, (2, n), at t (1, n)."""
        return self._regression(t)[2]

    def _capped(self, gain: Tensor) -> Tensor:
        """The gain, no larger than in the middle of time where the velocity is infinite at an end.

        What is infinite there is the noise in the velocity, not its mean; a net whose output is
        magnified as much learns from these few moments alone.
        """
        return gain if self.ceiling is None else torch.minimum(gain, self.ceiling.to(gain))

    def blur(self, t: Tensor) -> Tensor:
        """Least variances (2, n) that detail along each whitened axis can have at times t (1, n).

        x_t is a sum of two parts with shares p and 1 - p of the variance, and each blurs the
        other. Either may be a Gaussian, so detail as fine as both ends is seldom there:
        1 / (1 / p + 1 / (1 - p)) = p (1 - p), which vanishes at both ends of time. Latent noise
        blurs both.
        """
        if not self.straight:
            return self._blur_of_any(t)
        w, _ = self._weigh(t)
        part = (1 - t).square() * self.share[:, None] * w.square()
        return part * (1 - part).clamp_min(0)

    def _blur_of_any(self, t: Tensor) -> Tensor:
        path = self.aim.path
        one = path.alpha(t) ** 2 * self.share[:, None]
        two = path.beta(t) ** 2 * self._rest()[:, None]
        noise = path.gamma(t) ** 2 * self.into.square().sum(0)[:, None]
        both = one + two
        return (noise + one * two / both.clamp_min(1e-12)) / (both + noise)


_BUFFERS: dict[str, tuple[int, ...]] = {
    "mean": (2,),
    "shift": (2,),
    "into": (2, 2),
    "out": (2, 2),
    "share": (2,),
    "spread": (2,),
    "cross": (2,),
}
_LATER = {"standard.cross": (2,)}  # not in weights saved by the first versions: zero there


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
    spread = (share * share_of_target).clamp_min(1e-12)  # exact also where a is near 1
    cross = (into.T @ moments.cross @ into).diagonal()
    return {
        "mean": moments.mean0,
        "shift": moments.mean1 - moments.mean0,
        "into": into,
        "out": torch.linalg.inv(into),
        "share": share,
        "spread": spread,
        "cross": cross.clamp(-spread.sqrt(), spread.sqrt()),
    }


def with_waves(
    arrays: Mapping[str, np.ndarray[Any, Any]], spec: Network
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights of a net without waves as those of `spec`, which sees waves and ignores them yet."""
    first = arrays["net.0.weight"]
    waves = np.zeros((len(first), 2 * waves_of(spec)), first.dtype)
    return {**arrays, "net.0.weight": np.concatenate([first[:, :2], waves, first[:, 2:]], 1)}


def build_network(
    spec: Network,
    moments: Moments | None = None,
    generator: torch.Generator | None = None,
    aim: Aim = LINEAR_VELOCITY,
) -> VelocityNet:
    """The network of a document, on the CPU; `moments` are needed where it is preconditioned.

    Weights are drawn from the (CPU) `generator`: by torch's default law, or larger where the net is
    preconditioned, whose last layer then starts at zero.
    """
    net = VelocityNet(spec, generator, aim)
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
    later = {k: np.zeros(shape, np.float32) for k, shape in _LATER.items() if k in own}
    arrays = {**later, **arrays}
    if {k: tuple(v.shape) for k, v in own.items()} != {k: v.shape for k, v in arrays.items()}:
        raise Invalid("These weights belong to a network of another kind or size.")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(torch.from_numpy(np.array(arrays[name])))
    if net.standard is not None:
        net.standard.settle()
