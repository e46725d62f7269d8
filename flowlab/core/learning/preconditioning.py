"""Preconditioning by the best linear prediction, from the means and covariances of both ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.parameterization import (
    LINEAR_VELOCITY,
    Parameterization,
    noise_parameterization,
)

_LONGEST_AXIS = 1e8  # times the other axis; degenerate covariances are widened to 1e5


@dataclass(frozen=True, eq=False)
class Moments:
    """Means (2,) and covariances (2, 2) of source and target, float64 on the CPU.

    `cross` is Cov(x0, x1), rows for x0; zero for independent pairs.
    """

    mean0: Tensor
    cov0: Tensor
    mean1: Tensor
    cov1: Tensor
    cross: Tensor = field(default_factory=lambda: torch.zeros(2, 2, dtype=torch.float64))


def measure_moments(
    source: Distribution, target: Distribution, rng: torch.Generator, n: int = 20_000
) -> Moments:
    """Moments of both distributions: exact for mixtures, else from `n` samples."""
    return Moments(*_moments(source, rng, n), *_moments(target, rng, n))


def _moments(distribution: Distribution, rng: torch.Generator, n: int) -> tuple[Tensor, Tensor]:
    mixture = distribution.mixture()
    if mixture is None:
        x = distribution.sample(n, rng).double().cpu()
        return x.mean(0), torch.cov(x.T)
    w, means, covs = (v.double().cpu() for v in (mixture.weights, mixture.means, mixture.covs))
    w = w / w.sum()
    mean = w @ means
    deviation = means - mean
    return mean, torch.einsum("k,kij->ij", w, covs + deviation[:, :, None] * deviation[:, None, :])


class Preconditioner(nn.Module):
    """Whitens x_t and predicts Y linearly, as EDM preconditioning does with c_in, c_skip and c_out.

    Karras et al. 2022 (arXiv:2206.00364), here for two ends with any covariances. One change of
    axes u = S x diagonalises both covariances: S (C0 + C1) S^T = I and S C0 S^T = diag(a). Along
    each axis the regression is scalar at every t: for x_t = alpha x0 + beta x1 + gamma z and Y = p
    x0 + q x1 + r z the variances of u_t and Y and their covariance follow from a, 1 - a, the
    noise's g and the ends' covariance k. So any covariances cost as little as diagonal ones. Of the
    noise's covariance gamma^2 S S^T and of Cov(x0, x1) only the diagonal is used. Where z is
    learned too, it is predicted in the same way, in two further rows.
    """

    def __init__(self, parameterization: Parameterization = LINEAR_VELOCITY) -> None:
        super().__init__()
        self.parameterization = parameterization
        with_noise = parameterization.with_noise
        self.noise = noise_parameterization(parameterization.path) if with_noise else None
        self.max_gain: Tensor | None = None  # of the gain, (2, 1)
        # True for the velocity of the linear path between independent ends: shorter formulas apply.
        self.independent_linear = parameterization.is_linear_velocity
        for name, shape in _BUFFERS.items():
            self.register_buffer(name, torch.zeros(shape))

    mean: Tensor  # (2,), of the source
    shift: Tensor  # (2,), from its mean to the target's
    into: Tensor
    out: Tensor
    share: Tensor
    spread: Tensor
    cross: Tensor  # (2,), k: covariance of both ends along each common axis

    # Saved weights contain these four under the names above; the code uses the properties below.
    @property
    def whiten(self) -> Tensor:
        """S^T, (2, 2): whitens both ends together."""
        return self.into

    @property
    def unwhiten(self) -> Tensor:
        """S^-T, (2, 2): back from the common axes to the plane."""
        return self.out

    @property
    def output_axes(self) -> Tensor:
        """`unwhiten`, or twice it on the diagonal, (4, 4), where the noise is predicted too."""
        if self.noise is None:
            return self.unwhiten
        return torch.kron(torch.eye(2).to(self.unwhiten), self.unwhiten)

    @property
    def source_variance(self) -> Tensor:
        """Variance a (2,) of the source along each common axis; the target's is 1 - a."""
        return self.share

    @property
    def variance_product(self) -> Tensor:
        """a (1 - a), (2,): the product of both ends' variances along each common axis."""
        return self.spread

    def fit(self, moments: Moments) -> None:
        """Compute the constants from the moments; degenerate covariances are widened a little."""
        values = _common_axes(moments)
        for name in _BUFFERS:
            getattr(self, name).copy_(values[name].float())
        self.choose_formulas()

    def choose_formulas(self) -> None:
        """Choose the short formulas, if they apply, after the constants have changed."""
        independent = not bool(self.cross.any())
        self.independent_linear = self.parameterization.is_linear_velocity and independent
        if self.parameterization.name == "velocity" and self.parameterization.path.steep:
            middle = torch.linspace(0.1, 0.9, 33, dtype=torch.float64)[None]
            self.max_gain = self.gains(middle.to(self.mean)).amax(1, keepdim=True)

    def validate(self) -> None:
        """Check loaded constants; raises `Invalid` if no data can have such moments.

        With parallel or unbounded axes nothing could be solved for.
        """
        a, whiten = self.source_variance, self.whiten.cpu().double()
        det = abs(float(torch.linalg.det(whiten)))
        regular = float(whiten.square().sum()) < _LONGEST_AXIS * det
        if not regular or not bool(((a >= -1e-3) & (a <= 1.001)).all()):
            raise Invalid("These weights are damaged: no data have the moments that they hold.")
        self.choose_formulas()

    def is_outdated(self, moments: Moments) -> bool:
        """True if data with these moments are over twice, or under a quarter, the fitted size."""
        names = ("mean", "shift", "whiten", "source_variance", "variance_product")
        mean, shift, whiten, a, product = (getattr(self, k).cpu().double() for k in names)
        sizes = []
        for m, own_mean, cov, variance in (
            (moments.mean0, mean, moments.cov0, a),
            (moments.mean1, mean + shift, moments.cov1, product / a.clamp_min(1e-12)),
        ):
            square = ((m - own_mean) @ whiten).square() + (whiten.T @ cov @ whiten).diagonal()
            sizes.append(square / variance.clamp_min(1e-9))
        size = torch.cat(sizes)
        return bool((size > 4).any() or (size < 1 / 16).any())

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whitened x (2, n), linear prediction and gain of the residual at x (2, n), t (1, n).

        These are (2, n), and (4, n) where the noise is predicted too.
        """
        if not self.independent_linear:
            w, coefficient, gain = self._regression(t)
            centre, offset = self._means(t)
            y = w * (self.whiten.T @ (x - centre))
            base = torch.addmm(offset, self.unwhiten.T, coefficient * y)
            gain = self._with_max_gain(gain)
            if self.noise is None:
                return y, base, gain
            _, coefficient, own = self._regression(t, self.noise)
            noise = self.unwhiten.T @ (coefficient * y)
            return y, torch.cat([base, noise]), torch.cat([gain, own])
        w, ws = self._linear_regression(t)
        centre = torch.addmm(self.mean[:, None], self.shift[:, None], t)
        y = w * (self.whiten.T @ (x - centre))
        base = torch.addmm(self.shift[:, None], self.unwhiten.T, ws * y)
        return y, base, w * self.variance_product.sqrt()[:, None]

    def _linear_regression(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """1 / std of x_t along each axis, and the regression coefficient of u' on whitened u_t.

        Linear path, independent ends. With s = t - a: Var(u_t) = s^2 + a (1 - a), Cov(u', u_t) = s.
        """
        s = t - self.source_variance[:, None]
        w = (s * s + self.variance_product[:, None]).rsqrt()
        return w, w * s

    def _regression(
        self, t: Tensor, of: Parameterization | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """1 / std of u_t, the coefficient of Y on whitened u_t, and std(Y | u_t): (2, n)."""
        of, path = of or self.parameterization, self.parameterization.path
        alpha, beta, gamma = path.alpha(t), path.beta(t), path.gamma(t)
        p, q, r = of.p(t), of.q(t), of.r(t)
        variances = self.source_variance, self._target_variance(), self.cross
        a, b, k = (v.to(t)[:, None] for v in variances)
        g = self.whiten.to(t).square().sum(0)[:, None]
        variance = alpha**2 * a + beta**2 * b + gamma**2 * g + 2 * alpha * beta * k
        covariance = p * alpha * a + q * beta * b + r * gamma * g + (p * beta + q * alpha) * k
        # The Gram determinant of u_t and Y, by minors of their coefficients: never negative.
        one, two, three = p * beta - q * alpha, p * gamma - r * alpha, q * gamma - r * beta
        residual = one**2 * (self.variance_product.to(t)[:, None] - k * k).clamp_min(1e-12)
        residual = residual + g * (two**2 * a + three**2 * b + 2 * two * three * k)
        w = variance.rsqrt()
        return w, covariance * w, w * residual.clamp_min(0).sqrt()

    def _target_variance(self) -> Tensor:
        """1 - a, accurate also where a is near 1."""
        a = self.source_variance
        return torch.where(a < 0.5, 1 - a, self.variance_product / a.clamp_min(0.5))

    def _means(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """E[x_t] and E[Y], (2, n)."""
        path, parameterization = self.parameterization.path, self.parameterization
        m0, m1 = (v.to(t)[:, None] for v in (self.mean, self.mean + self.shift))
        return path.alpha(t) * m0 + path.beta(t) * m1, parameterization.p(
            t
        ) * m0 + parameterization.q(t) * m1

    def affine(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """At each t (T, 1, 1): whitened x and prediction as functions (T, 2, 3) of (x, 1).

        Beside them the gain (T, 2, 1). Prediction and gain have two rows more where the noise is
        predicted too.
        """
        if not self.independent_linear:
            return self._affine_general(t)
        w, ws = self._linear_regression(t)
        centre = self.mean[:, None] + t * self.shift[:, None]
        y = w * _beside(self.whiten.T, -self.whiten.T @ centre)
        base = self.unwhiten.T @ (ws * y)
        base[..., 2:] += self.shift[:, None]
        return y, base, w * self.variance_product.sqrt()[:, None]

    def _affine_general(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        whiten = self.whiten.to(t)
        w, coefficient, gain = self._regression(t)
        centre, offset = self._means(t)
        y = w * _beside(whiten.T, -whiten.T @ centre)
        base = torch.linalg.solve(whiten.T, coefficient * y)
        base[..., 2:] += offset
        gain = self._with_max_gain(gain)
        if self.noise is None:
            return y, base, gain
        _, coefficient, own = self._regression(t, self.noise)
        noise = torch.linalg.solve(whiten.T, coefficient * y)
        return y, torch.cat([base, noise], -2), torch.cat([gain, own], -2)

    def linear(self, x: Tensor, t: Tensor) -> Tensor:
        """The best linear prediction (2, n) at x (2, n) and t (1, n), in the precision of these."""
        whiten = self.whiten.to(t)
        w, coefficient, _ = self._regression(t)
        centre, offset = self._means(t)
        covariance: Tensor = torch.linalg.solve(
            whiten.T, coefficient * w * (whiten.T @ (x - centre))
        )
        return offset + covariance

    def gains(self, t: Tensor) -> Tensor:
        """std(Y | x_t) along the common axes, (2, n), at t (1, n)."""
        return self._regression(t)[2]

    def _with_max_gain(self, gain: Tensor) -> Tensor:
        """The gain, at most that in the middle of time if the velocity is infinite at an end.

        Only the noise in the velocity is infinite there, not its mean. A network whose output were
        scaled up so much would learn from these few times alone.
        """
        return gain if self.max_gain is None else torch.minimum(gain, self.max_gain.to(gain))

    def blur(self, t: Tensor) -> Tensor:
        """Smallest variances (2, n) of detail along each whitened axis at t (1, n).

        x_t is a sum of two parts with shares p and 1 - p of the variance, and each smooths the
        other. Either may be a Gaussian, so detail as fine as both is rare: 1 / (1 / p + 1 / (1 -
        p)) = p (1 - p), which vanishes at both ends of time. Latent noise smooths both.
        """
        if not self.independent_linear:
            return self._blur_general(t)
        w, _ = self._linear_regression(t)
        part = (1 - t).square() * self.source_variance[:, None] * w.square()
        return part * (1 - part).clamp_min(0)

    def _blur_general(self, t: Tensor) -> Tensor:
        path = self.parameterization.path
        one = path.alpha(t) ** 2 * self.source_variance[:, None]
        two = path.beta(t) ** 2 * self._target_variance()[:, None]
        noise = path.gamma(t) ** 2 * self.whiten.square().sum(0)[:, None]
        both = one + two
        return (noise + one * two / both.clamp_min(1e-12)) / (both + noise)


def _beside(matrix: Tensor, columns: Tensor) -> Tensor:
    """The same matrix (2, 2) before each of some columns (T, 2, 1)."""
    return torch.cat([matrix.expand(*columns.shape[:-2], 2, 2), columns], -1)


_BUFFERS: dict[str, tuple[int, ...]] = {
    "mean": (2,),
    "shift": (2,),
    "into": (2, 2),
    "out": (2, 2),
    "share": (2,),
    "spread": (2,),
    "cross": (2,),
}


def _common_axes(moments: Moments) -> dict[str, Tensor]:
    """The constants, by the generalised eigenproblem of C0 and C0 + C1, in float64."""
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
