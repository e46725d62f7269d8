"""An oracle extended to all x and t, so that particles can be integrated along it."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.distributions.checks import points_of, times_of
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.interfaces import Oracle, oracle_of
from flowlab.core.interpolants.paths import interpolant_of

_EDGE = 0.01  # distance of t from an end where the field is undefined
_SHARES = (0.0, 0.02, 0.1, 0.4)  # of the way to the mean of p_t
_SAMPLES = 2000  # of each end, for its mean


class ExtendedField:
    """The oracle's velocity, with a value everywhere, so that no particle is lost.

    A solver's stages fall slightly outside the support, by the solver's own error, and on t = 1,
    where the field of a point cloud is undefined. There the velocity is taken at a point shifted
    towards the mean of p_t, or at a time shortly before the end. Elsewhere it is exact.
    """

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        path = None if oracle.document is None else oracle.document.path
        self._path = None if path is None else interpolant_of(path)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); 0 only if undefined nearby too."""
        x = points_of(x)[0]
        v = self.oracle.velocity(x, t)
        if bool(v.isfinite().all()):
            return v
        times = times_of(t, len(x), x).expand(len(x))
        within = times.clamp(_EDGE, 1 - _EDGE)
        for share in _SHARES:
            lost = ~v.isfinite().all(1)
            if not bool(lost.any()):
                break
            inward = torch.lerp(x[lost], self._mean_at(within[lost]).to(x), share)
            v[lost] = self._oracle_velocity(inward, within[lost])
        return v.nan_to_num(0.0, 0.0, 0.0)

    def _oracle_velocity(self, x: Tensor, t: Tensor) -> Tensor:
        one = len(t) and bool((t == t[0]).all())
        return self.oracle.velocity(x, float(t[0]) if one else t)

    def _mean_at(self, t: Tensor) -> Tensor:
        t = t.double()[:, None]
        path = self._path
        a, b = (1 - t, t) if path is None else (path.alpha(t), path.beta(t))
        start, end = self._end_means
        return a * start + b * end

    @cached_property
    def _end_means(self) -> tuple[Tensor, Tensor]:
        """Means (2,) of both ends."""
        rng = torch_rng(0, Stream.MIDDLES)
        ends = (self.oracle.sample(torch.full((_SAMPLES,), t), rng) for t in (0.0, 1.0))
        start, end = (samples.nanmean(0) for samples in ends)
        return start, end


def extended_field(oracle: Oracle) -> ExtendedField:
    """The oracle as a field along which particles can be integrated from end to end."""
    return ExtendedField(oracle_of(oracle))
