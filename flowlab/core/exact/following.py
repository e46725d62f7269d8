"""An oracle as a field to carry particles along."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.interfaces import Oracle, times_of
from flowlab.core.interpolants.paths import interpolant_of

_EDGE = 0.01  # of time, kept away from an end where the field is not defined
_SHRUNK = (0.0, 0.02, 0.1, 0.4)  # shares of the way to the middle of p_t
_SAMPLES = 2000  # of each end, for its middle


class Followed:
    """The oracle's velocity, with an answer everywhere, so that no particle is lost.

    A solver's stages fall a little outside the support, by its own error, and on t = 1 itself,
    where the field to bare points is not defined. There the field of a point a little nearer the
    middle of p_t is taken, or of a time a little before the end. Elsewhere it is the exact one.
    """

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        path = None if oracle.document is None else oracle.document.path
        self._path = None if path is None else interpolant_of(path)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); zero only where nothing is near."""
        v = self.oracle.velocity(x, t)
        if bool(v.isfinite().all()):
            return v
        times = times_of(t, len(x), x).expand(len(x))
        within = times.clamp(_EDGE, 1 - _EDGE)
        for share in _SHRUNK:
            lost = ~v.isfinite().all(1)
            if not bool(lost.any()):
                break
            near = torch.lerp(x[lost], self._middle(within[lost]).to(x), share)
            v[lost] = self._asked(near, within[lost])
        return v.nan_to_num(0.0, 0.0, 0.0)

    def _asked(self, x: Tensor, t: Tensor) -> Tensor:
        one = len(t) and bool((t == t[0]).all())
        return self.oracle.velocity(x, float(t[0]) if one else t)

    def _middle(self, t: Tensor) -> Tensor:
        t = t.double()[:, None]
        path = self._path
        a, b = (1 - t, t) if path is None else (path.alpha(t), path.beta(t))
        start, end = self._middles
        return a * start + b * end

    @cached_property
    def _middles(self) -> tuple[Tensor, Tensor]:
        """Means (2,) of both ends."""
        rng = torch_rng(0, Stream.MIDDLES)
        ends = (self.oracle.sample(torch.full((_SAMPLES,), t), rng) for t in (0.0, 1.0))
        start, end = (samples.nanmean(0) for samples in ends)
        return start, end


def followed(oracle: Oracle) -> Followed:
    """The oracle as a field that particles can be carried along from end to end."""
    return Followed(oracle)
