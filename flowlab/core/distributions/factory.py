"""The distribution that a `Shape` describes."""

from __future__ import annotations

import cmath
import dataclasses
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.distributions import curves, grids, mixtures, polygons
from flowlab.core.distributions.categorical import normal
from flowlab.core.distributions.checks import generator_of, near_of, points_of, settled
from flowlab.core.distributions.mixtures import Cloud, Gaussians, MixtureParameters
from flowlab.core.document import shapes
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.specs import spec

MOST_SAMPLES = 100_000_000  # in one call

__all__ = ["Distribution", "MixtureParameters", "build", "spec"]


class Distribution(Protocol):
    """A distribution of the plane; float64 inside, float32 tensors outside."""

    has_log_prob: bool

    @property
    def labels(self) -> Tensor | None:
        """Class of each point of a cloud, or the classes of anything else, int64; None without.

        The components of a mixture, the squares of a board and separate curves are classes.
        """

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """(x0, x1, y0, y1) that holds nearly all mass."""

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Samples (n, 2) on the generator's device; torch's default generator if None."""

    def sample_labelled(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2) and their classes (n,) int64, None if there are none."""

    def log_prob(self, x: ArrayLike | Tensor) -> Tensor:
        """Log density at x (n, 2), (n,), -inf off the support; `Invalid` if it is unknown."""

    def mixture(self) -> MixtureParameters | None:
        """The Gaussian mixture that this distribution is, or None."""

    def cloud(self) -> tuple[Tensor, float] | None:
        """The points (N, 2) of a cloud, float64, and its blur's deviation; or None."""


class Local(Protocol):
    """A distribution before placement, in float64; `sigma` and `slack` are in its own units.

    A placement is a similarity, so a blur `noise` afterwards is a blur noise / scale before.
    """

    @property
    def outline(self) -> Tensor:
        """Points (m, 2) whose bounding box holds nearly all mass, however it is turned."""

    @property
    def labels(self) -> Tensor | None:
        """The classes, as in `Distribution`."""

    def draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2) and classes (n,) or None."""

    def has_density(self, sigma: float) -> bool:
        """True if the log density blurred by `sigma` is known."""

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """Log density (n,) blurred by `sigma`; edges are extended by `slack`, for rounding."""


class Placed:
    """A local distribution, scaled, rotated, shifted and blurred."""

    def __init__(self, local: Local, shape: Shape) -> None:
        self.shape = shape  # so that a document can be made from a distribution
        self._scale, self._noise = shape.scale, shape.noise
        self._turn = cmath.rect(shape.scale, math.radians(shape.rotation))
        self._offset = complex(shape.offset_x, shape.offset_y)
        self._local, self._copies = local, {torch.device("cpu"): local}
        self.has_log_prob = local.has_density(shape.noise / shape.scale)
        self.labels = local.labels
        self.extent = self._bounds()

    def __repr__(self) -> str:
        return f"<distribution of {self.shape!r}>"

    def _bounds(self) -> tuple[float, float, float, float]:
        placed = self._place(self._local.outline)
        (x0, y0), (x1, y1) = placed.amin(0).tolist(), placed.amax(0).tolist()
        blur = 4 * self._noise
        return x0 - blur, x1 + blur, y0 - blur, y1 + blur

    def _place(self, x: Tensor) -> Tensor:
        """turn x + offset, points (n, 2) as complex numbers."""
        z = torch.view_as_complex(x.contiguous())
        return torch.view_as_real(self._turn * z + self._offset)

    def _on(self, device: torch.device) -> Local:
        """The local distribution on a device; Apple's GPU has no float64."""
        if device not in self._copies:
            dtype = torch.float32 if device.type == "mps" else torch.float64
            self._copies[device] = _moved(self._local, device, dtype)
        return self._copies[device]

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Samples (n, 2) float32 on the generator's device; raises `Invalid` for a wrong n."""
        return self.sample_labelled(n, generator)[0]

    def sample_labelled(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2) float32 and their classes (n,) int64, or None."""
        n, generator = whole(n, "n", 0, MOST_SAMPLES), generator_of(generator)
        x, classes = self._on(generator.device).draw(n, generator)
        x = self._place(x)
        if self._noise > 0:
            x = x + self._noise * normal(x, (n, 2), generator)
        return x.float(), classes

    def log_prob(self, x: ArrayLike | Tensor) -> Tensor:
        """Log density (n,) float32 at x (n, 2); raises `Invalid` if it is unknown.

        -inf at infinity, NaN where a coordinate is NaN.
        """
        if not self.has_log_prob:
            raise Invalid("The density of this distribution is not known in closed form.")
        points, _ = points_of(x)
        device = torch.device("cpu") if points.device.type == "mps" else points.device
        wide = points.to(device=device, dtype=torch.float64)
        near = near_of(wide)
        if bool(near.all()):
            logs = self._log_density(wide)
        else:
            logs = settled(torch.zeros_like(wide[:, 0]), wide)
            logs[near] = self._log_density(wide[near])
        return logs.to(device=points.device, dtype=torch.float32)

    def _log_density(self, x: Tensor) -> Tensor:
        """Log density (n,) float64 at moderate x (n, 2)."""
        if not len(x):
            return x[:, 0]
        z = (torch.view_as_complex(x.contiguous()) - self._offset) / self._turn
        rounding = 2.0**-23 * max(map(abs, self.extent))
        sigma, slack = self._noise / self._scale, rounding / self._scale
        logs = self._on(x.device).log_density(torch.view_as_real(z), sigma, slack)
        return logs - 2 * math.log(self._scale)

    def mixture(self) -> MixtureParameters | None:
        """The placed mixture: means A m + b, covariances A C A^T + noise^2 I."""
        if not isinstance(self._local, Gaussians):
            return None
        blur = self._noise**2 * torch.eye(2, dtype=torch.float64)
        a, b = self._turn.real, self._turn.imag
        matrix = torch.tensor([[a, -b], [b, a]], dtype=torch.float64)
        return MixtureParameters(
            self._local.weights,
            self._place(self._local.means),
            matrix @ self._local.covs @ matrix.T + blur,
        )

    def cloud(self) -> tuple[Tensor, float] | None:
        """The placed points (N, 2) and their blur."""
        if not isinstance(self._local, Cloud):
            return None
        return self._place(self._local.points), self._noise


def _moved(value: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """The dataclass with all its tensors on a device, floating ones in that dtype."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if isinstance(part, Tensor):
            changes[field.name] = part.to(device, dtype if part.is_floating_point() else part.dtype)
        elif dataclasses.is_dataclass(part):
            changes[field.name] = _moved(part, device, dtype)
    return dataclasses.replace(value, **changes)


_LOCALS: dict[type[Shape], Callable[[Any], Local]] = {
    shapes.Gaussian: mixtures.gaussian,
    shapes.Ring: mixtures.ring,
    shapes.Mixture: mixtures.mixture,
    shapes.Checkerboard: polygons.checkerboard,
    shapes.Moons: curves.moons,
    shapes.Spiral: curves.spiral,
    shapes.SwissRoll: curves.swiss_roll,
    shapes.Rings: curves.rings,
    shapes.Pinwheel: mixtures.pinwheel,
    shapes.Polygon: polygons.polygon,
    shapes.Disc: polygons.disc,
    shapes.SCurve: curves.s_curve,
    shapes.Smiley: curves.smiley,
    shapes.Text: grids.text,
    shapes.Points: mixtures.cloud,
    shapes.Grid: grids.grid,
    shapes.Picture: grids.picture,
    shapes.Drawing: grids.drawn,
}


@lru_cache(maxsize=32)
def build(shape: Shape) -> Distribution:
    """The distribution that a shape describes, cached; raises `Invalid` if it describes none."""
    return Placed(_LOCALS[type(shape)](shape), shape)
