"""How good a flow is: distances of samples, transport costs, likelihoods, velocity errors.

Clouds are tensors, arrays or lists of rows x, y. Everything random takes a seed.

- of two clouds: `sliced_w2`, `exact_w2`, `energy_distance`, `mmd` (with `median_bandwidth`), each
  against its `noise_floor`; `w2_between` of two distributions, `gaussian_w2` in closed form
- of the trajectories of a bundle: `path_energy`, `transport_cost`, `npe`, and `bend`
  (`straightness` in older scripts)
- of a field alone: `divergence`, `log_likelihood`, `likelihood_map`, `continuity_residual`
- of a conditional flow: `class_accuracy`, `class_shares`, and `class_draws`, whose `error` is that
  of the velocity
- of a field against the exact one: `velocity_error`, `excess_loss`, `velocity_error_by_time`,
  `angle_error` (all from one `compare`), `velocity_error_map`, `model_error`; and of a solver
  against fine steps `integration_error` (both from one `carrying_errors`)
"""

from __future__ import annotations

from flowlab.core.metrics.classes import ClassDraws, class_accuracy, class_draws, class_shares
from flowlab.core.metrics.clouds import Cloud
from flowlab.core.metrics.continuity import continuity_residual
from flowlab.core.metrics.distances import energy_distance, exact_w2, sliced_w2
from flowlab.core.metrics.divergence import divergence
from flowlab.core.metrics.floors import NoiseFloor, noise_floor, sliced_w2_floor
from flowlab.core.metrics.kernels import Discrepancy, median_bandwidth, mmd
from flowlab.core.metrics.learned import (
    Bins,
    Comparison,
    ErrorMap,
    angle_error,
    compare,
    excess_loss,
    velocity_error_by_time,
    velocity_error_map,
)
from flowlab.core.metrics.likelihood import LikelihoodMap, likelihood_map, log_likelihood
from flowlab.core.metrics.trajectory_errors import (
    CarryingErrors,
    carrying_errors,
    integration_error,
    model_error,
)
from flowlab.core.metrics.transport import (
    bend,
    gaussian_w2,
    npe,
    path_energy,
    straightness,
    transport_cost,
    w2_between,
)
from flowlab.core.metrics.velocity import velocity_error

__all__ = [
    "Bins",
    "CarryingErrors",
    "ClassDraws",
    "Cloud",
    "Comparison",
    "Discrepancy",
    "ErrorMap",
    "LikelihoodMap",
    "NoiseFloor",
    "angle_error",
    "bend",
    "carrying_errors",
    "class_accuracy",
    "class_draws",
    "class_shares",
    "compare",
    "continuity_residual",
    "divergence",
    "energy_distance",
    "exact_w2",
    "excess_loss",
    "gaussian_w2",
    "integration_error",
    "likelihood_map",
    "log_likelihood",
    "median_bandwidth",
    "mmd",
    "model_error",
    "noise_floor",
    "npe",
    "path_energy",
    "sliced_w2",
    "sliced_w2_floor",
    "straightness",
    "transport_cost",
    "velocity_error",
    "velocity_error_by_time",
    "velocity_error_map",
    "w2_between",
]
