"""x_t at one t between two gridded densities: its box, its spectra and its field values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.exact.cell_masses import CellMasses
from flowlab.core.exact.spectrum import REAL, Lattice, characteristic, evaluate, packed, scattered
from flowlab.core.interpolants.paths import Interpolant

FAINT = 1e-3  # of the mean density over the box: with less, the field is undefined
_ORDER = 6  # of the exponential filter; it leaves the lower half of all frequencies unchanged
_SOFT = 0.5  # cells by which edges are smoothed against ringing
_SOFTER = 1.0  # cells, to decide where the support is
_HAZE = 0.04  # of the mean density: residual ringing and smoothed edges
_RIM = 0.25  # of all frequencies, the highest
_SHARP = 1e-3  # of the spectrum at k = 0: with so much at the rim there are edges
_DECADES = 2.0  # below that, until nothing is smoothed
_MARGIN = 4  # cells around the support
_TAIL = 4.5  # deviations of the latent noise within the box
_DROWNED = 0.03  # of the latent noise: x hardly depends on ends that contribute less


@dataclass(frozen=True, eq=False)
class FieldValues:
    """Conditional quantities given x_t = x at points of any shape (...); NaN where undefined."""

    density: Tensor  # (...)
    mean0: Tensor  # (..., 2), E[x0 | x]
    mean1: Tensor  # (..., 2), E[x1 | x]
    score: Tensor  # (..., 2), or (..., 0) if not requested
    inside: Tensor  # (...) bool

    @classmethod
    def blank(cls, n: int) -> FieldValues:
        """n undefined points."""
        mean0, mean1, score = torch.full((3, n, 2), math.nan, dtype=torch.float64).unbind(0)
        return cls(mean0.new_zeros(n), mean0, mean1, score, torch.zeros(n, dtype=torch.bool))

    @classmethod
    def joined(cls, parts: list[FieldValues]) -> FieldValues:
        """All parts concatenated."""
        return cls(*(torch.cat([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def fill(self, rows: Tensor, part: FieldValues) -> None:
        """Write the values of some rows."""
        for spec in fields(self):
            getattr(self, spec.name)[rows] = getattr(part, spec.name)

    def velocity(self, path: Interpolant, t: Tensor) -> Tensor:
        """b = alpha' E[x0 | x] + beta' E[x1 | x] - gamma gamma' s, (..., 2).

        t broadcasts as (..., 1).
        """
        v = path.alpha_dot(t) * self.mean0 + path.beta_dot(t) * self.mean1
        return v - path.gamma_gamma_dot(t) * self.score if path.noisy else v


@dataclass(frozen=True, eq=False)
class Endpoints:
    """Both ends as cell masses, and the path between them."""

    source: CellMasses
    target: CellMasses
    path: Interpolant

    def solve_larger_end(self, known: FieldValues, x: Tensor, t: Tensor) -> FieldValues:
        """Replace the mean of the end with the larger coefficient by solving for it.

        alpha E[x0 | x] + beta E[x1 | x] = x + gamma^2 s, so the ends of time are exact: x0 = x at t
        = 0, x1 = x at t = 1. t broadcasts as (..., 1).
        """
        alpha, beta, gamma = self.path.alpha(t), self.path.beta(t), self.path.gamma(t)
        late = beta.abs() > alpha.abs()
        denoised = x + gamma.square() * known.score if self.path.noisy else x
        off = x - alpha * self.source.mean - beta * self.target.mean
        mean0, mean1 = known.mean0, known.mean1
        if not bool(late.all()):
            solved = _divide(denoised - beta * mean1, alpha, gamma, off, self.source)
            mean0 = torch.where(late, mean0, solved)
        if bool(late.any()):
            solved = _divide(denoised - alpha * known.mean0, beta, gamma, off, self.target)
            mean1 = torch.where(late, solved, mean1)
        return FieldValues(known.density, mean0, mean1, known.score, known.inside)


def _divide(rest: Tensor, by: Tensor, gamma: Tensor, off: Tensor, end: CellMasses) -> Tensor:
    """rest / by; where latent noise dominates both ends, its first-order expansion in by."""
    resolved = by.abs() > _DROWNED * gamma
    if bool(resolved.all()):
        return rest / by
    nearly = end.mean + by / gamma.square().clamp(min=1e-30) * (off @ end.cov)
    return torch.where(resolved, rest / torch.where(resolved, by, 1.0), nearly)


@dataclass(frozen=True, eq=False)
class TimeSlice:
    """x_t = alpha x0 + beta x1 + gamma z at one t, relative to the centre of its box."""

    ends: Endpoints
    t: float
    modes: int
    _last: list[tuple[Tensor, Tensor, FieldValues]] = field(
        default_factory=list, init=False, repr=False
    )

    @cached_property
    def time(self) -> Tensor:
        """t as a tensor, float64."""
        return torch.tensor(self.t, dtype=torch.float64)

    @cached_property
    def coefficients(self) -> tuple[float, float]:
        """alpha and beta."""
        return float(self.ends.path.alpha(self.time)), float(self.ends.path.beta(self.time))

    @cached_property
    def gamma(self) -> float:
        """gamma(t), the scale of the latent noise."""
        return float(self.ends.path.gamma(self.time)) if self.ends.path.noisy else 0.0

    @property
    def large(self) -> tuple[CellMasses, float]:
        """The end with the larger coefficient, and that coefficient."""
        return self._both[0]

    @property
    def small(self) -> tuple[CellMasses, float]:
        """The other end and its coefficient."""
        return self._both[1]

    @property
    def target_is_larger(self) -> bool:
        """True if the target's coefficient is the larger one."""
        return abs(self.coefficients[1]) > abs(self.coefficients[0])

    @property
    def _both(self) -> list[tuple[CellMasses, float]]:
        both = list(zip((self.ends.source, self.ends.target), self.coefficients, strict=True))
        return both[::-1] if self.target_is_larger else both

    @cached_property
    def centre(self) -> Tensor:
        """Centre of the box that holds x_t, (2,)."""
        (one, a), (other, b) = self._both
        return a * one.centre + b * other.centre

    @cached_property
    def size(self) -> Tensor:
        """Width and height of that box, with a margin, (2,)."""
        (one, a), (other, b) = self._both
        tight = abs(a) * one.size + abs(b) * other.size + 2 * _TAIL * self.gamma
        return tight.maximum(1e-6 * (one.size + other.size)) * (1 + _MARGIN / self.modes)

    @cached_property
    def lattice(self) -> Lattice:
        """Frequencies of the box."""
        return Lattice.of(self.size, self.modes)

    @cached_property
    def _raw_spectra(self) -> Tensor:
        """Unfiltered spectra of p and of p E[x_small | x] (2 components), (3, 2, K, K)."""
        (one,) = characteristic(*self.large, self.lattice, moments=False)
        if self.gamma > 0:
            kx, ky = self.lattice.both, self.lattice.ky[:, None].to(REAL)
            one = one * torch.exp(-(self.gamma**2) / 2 * (ky.square() + kx.square()))
        return one * torch.stack(characteristic(*self.small, self.lattice, moments=True))

    @cached_property
    def edge_strength(self) -> float:
        """From 0, no edges, to 1: how much of the spectrum lies at the highest frequencies."""
        size, rim = self._raw_spectra[0].abs(), round(_RIM * self.modes)
        most = max(float(size[:, -rim:].max()), float(size[:, :, -rim:].max()), 1e-30)
        return min(1.0, max(0.0, 1 + math.log10(most / _SHARP) / _DECADES))

    @cached_property
    def spectra(self) -> Tensor:
        """Filtered spectra of p, of p smoothed further, and of p E[x_small | x] (2), (4, 2, K, K).

        Densities with edges are smoothed against ringing. The smoother one does not ring at all,
        and decides where the support is.
        """
        density, *means = self._raw_spectra * self._filter(_SOFT)
        return torch.stack([density, self._raw_spectra[0] * self._filter(_SOFTER), *means])

    def _filter(self, soft: float) -> Tensor:
        cells = soft * self.edge_strength * self.size / (2 * self.modes)
        return self.lattice.window(_ORDER, (float(cells[0]), float(cells[1])))

    @cached_property
    def _packed(self) -> Tensor:
        """The spectra, packed for `evaluate`."""
        return packed(self.spectra)

    @cached_property
    def _packed_with_gradient(self) -> Tensor:
        """The same, with those of grad p (2) appended."""
        kx, ky = self.lattice.both, self.lattice.ky[:, None].to(REAL)
        gradients = torch.stack([1j * kx * self.spectra[0], 1j * ky * self.spectra[0]])
        return torch.cat([self._packed, packed(gradients)])

    def on_ticks(self, x: Tensor, y: Tensor, score: bool = True) -> FieldValues:
        """Field values on ticks x (W,), y (H,): tensors (H, W) and (H, W, 2).

        The score may be omitted, unless the path is noisy and needs it.
        """
        x, y = x - self.centre[0], y - self.centre[1]
        place = torch.stack(torch.meshgrid(x, y, indexing="xy"))
        packed_spectra = (
            self._packed_with_gradient if score or self.ends.path.noisy else self._packed
        )
        return self._field_values(evaluate(packed_spectra, self.lattice, x, y), place)

    def at_points(self, x: Tensor, score: bool = True) -> FieldValues:
        """Field values at points (n, 2); the last are cached, for density and velocity in turn."""
        packed_spectra = (
            self._packed_with_gradient if score or self.ends.path.noisy else self._packed
        )
        for asked, of, known in tuple(self._last):  # one entry; other threads may read it
            if of is packed_spectra and torch.equal(asked, x):
                return known
        place = (x - self.centre).nan_to_num(math.inf)
        near = place.clamp(-self.size, self.size)
        values = self._field_values(scattered(packed_spectra, self.lattice, near), place.T)
        self._last[:] = [(x, packed_spectra, values)]
        return values

    def lean(self) -> TimeSlice:
        """Itself, ready for density and velocity, without the spectra that made it: less memory."""
        _ = self.needed, self.edge_strength
        spare = ["_raw_spectra", "spectra", *(["_packed"] if self.ends.path.noisy else [])]
        for name in spare:
            self.__dict__.pop(name, None)
        return self

    @property
    def needed(self) -> Tensor:
        """The packed spectra that the velocity needs, those of both densities first."""
        return self._packed_with_gradient if self.ends.path.noisy else self._packed

    @cached_property
    def box(self) -> Boxes:
        """Where x_t lies."""
        small, time, edges = (
            self.small[0],
            self.time[None],
            self.time.new_tensor(self.edge_strength),
        )
        return Boxes(time, self.centre, self.size, edges, small.centre, small.size)

    def _field_values(self, values: Tensor, place: Tensor) -> FieldValues:
        """From values (4 or 6, ...) of the functions at positions (2, ...) from the centre."""
        return field_values(self.ends, values, place.movedim(0, -1), self.box)


@dataclass(frozen=True, eq=False)
class Boxes:
    """Where x_t lies at one t or at several, in tensors that broadcast over positions (..., 2)."""

    time: Tensor  # (..., 1)
    centre: Tensor  # (..., 2)
    size: Tensor  # (..., 2)
    edges: Tensor  # (...), `TimeSlice.edge_strength`
    small_centre: Tensor  # (..., 2), of the end with the smaller coefficient
    small_size: Tensor  # (..., 2)

    def inside(self, values: Tensor, place: Tensor) -> Tensor:
        """Whether there is density, from both densities (2, ...) at positions (..., 2)."""
        area = self.size.prod(-1)
        least, least_smooth = FAINT / area, (FAINT + _HAZE * self.edges) / area
        near = (place.abs() <= self.size / 2).all(-1)
        return (values[0] > least) & (values[1] > least_smooth) & near


def field_values(ends: Endpoints, values: Tensor, place: Tensor, boxes: Boxes) -> FieldValues:
    """From values (4 or 6, ...) of the functions at positions (..., 2) from the centres."""
    values = values.double()
    inside = boxes.inside(values, place)
    density = torch.where(inside, values[0], 0.0)
    inverse_density = torch.where(inside, 1 / density, math.nan)
    bound = boxes.small_size / 2
    mean = (values[2:4] * inverse_density).movedim(0, -1).maximum(-bound).minimum(bound)
    mean = mean + boxes.small_centre
    score = (values[4:] * inverse_density).movedim(0, -1)
    known = FieldValues(density, mean, mean, score, inside)  # one is replaced
    return ends.solve_larger_end(known, boxes.centre + place, boxes.time)
