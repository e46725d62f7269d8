"""The velocity from what a network predicts: velocity, denoiser, noise or score."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.interpolants.conversions import Conversion
from flowlab.core.interpolants.parameterization import (
    Normal,
    Parameterization,
    velocity_parameterization,
)
from flowlab.core.learning.preconditioning import Preconditioner

_TRUST = 8.0  # times the velocity's own residual: beyond it the conversion is damped
# Distance of t from 0 and 1. Towards an end the conversion amplifies the network's error; little if
# the network is preconditioned, since its error mostly shrinks as fast.
_NEAR, _NEAR_PLAIN = 1e-4, 1e-2


class VelocityFromPrediction:
    """Converts a network's prediction into the velocity at any t.

    Where the conversion amplifies the prediction's error far beyond the velocity's own conditional
    standard deviation (the noise of a small gamma hardly determines x1), the result is damped
    towards the best linear velocity, which follows from the moments and is exact at t = 0 for a
    Gaussian source.
    """

    def __init__(
        self,
        parameterization: Parameterization,
        source: Normal | None,
        preconditioner: Preconditioner | None,
    ) -> None:
        """Raises `Invalid` if no velocity follows from the parameterization."""
        self._convert = Conversion(parameterization.path, parameterization, "velocity", source)
        self.edge = _NEAR_PLAIN if preconditioner is None else _NEAR
        self._preconditioner, self._linear = preconditioner, None
        if preconditioner is not None:
            self._linear = Preconditioner(velocity_parameterization(parameterization.path))
            self._linear.load_state_dict(preconditioner.state_dict())
            self._linear.independent_linear = False  # the short formulas are for float32

    def at(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The velocity at each t (T, 1, 1) as A prediction + B (x, 1): A (T, 2, 2), B (T, 2, 3)."""
        conversion = self._convert.at(t.reshape(-1))
        matrix = conversion.of_value
        affine = torch.cat([conversion.of_x, conversion.constant[..., None]], -1)
        if self._linear is None:
            return matrix, affine
        linear = self._linear.affine(t)[1]
        trust = self._trust(matrix, t.reshape(1, -1))[:, None, None]
        known = matrix.isfinite().all(-1).all(-1)[:, None, None]  # or too near an end of time
        mixed = trust * affine + (1 - trust) * linear
        return torch.where(known, trust * matrix, 0.0), torch.where(known, mixed, linear)

    def __call__(self, value: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """Velocities (n, 2) from predictions (n, 2) at x (n, 2) and t (n,)."""
        times = t.double().cpu().expand(len(x))
        points = x.double().cpu()
        conversion = self._convert.at(times)
        velocity = conversion(value.double().cpu(), points)
        if self._linear is not None:
            trust = self._trust(conversion.of_value, times[None])[:, None]
            linear = self._linear.linear(points.T, times[None]).T
            mixed = trust * velocity + (1 - trust) * linear
            velocity = torch.where(mixed.isfinite(), mixed, linear)
        return velocity.to(value)

    def _trust(self, matrix: Tensor, t: Tensor) -> Tensor:
        """Near 1 if the converted residual is no larger than the velocity's, smaller if it is."""
        assert self._preconditioner is not None
        assert self._linear is not None
        out = torch.linalg.inv(self._preconditioner.whiten.double().cpu()).T
        error = matrix @ out * self._preconditioner.gains(t).T[:, None]
        own_error = out * self._linear.gains(t).T[:, None]
        excess = (error.norm(dim=(1, 2)) / own_error.norm(dim=(1, 2)) - 1).clamp_min(0)
        trust: Tensor = 1 / (1 + (excess / _TRUST).square())
        return trust
