"""One moment of a path between two gridded densities: its box, its spectra, what they tell of x."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.exact.cell_masses import CellMasses
from flowlab.core.exact.spectrum import REAL, Lattice, characteristic, evaluate, packed, scattered
from flowlab.core.interpolants.paths import Interpolant

FAINT = 1e-3  # of the mean density over the box: where there is less, the field is left blank
_ORDER = 6  # of the filter against ringing; it leaves the lower half of all frequencies as they are
_SOFT = 0.5  # cells by which edges that would ring are softened
_SOFTER = 1.0  # cells, for telling where there is anything
_HAZE = 0.04  # of the mean density: what softened edges spread around, and what still rings
_RIM = 0.25  # of all frequencies, the highest
_SHARP = 1e-3  # of the spectrum at k = 0: with so much at the rim there are edges that would ring
_DECADES = 2.0  # below that until nothing is softened
_MARGIN = 4  # cells around the support
_TAIL = 4.5  # deviations of the latent noise within the box
_DROWNED = 0.03  # of the latent noise: ends that contribute less are hardly to be seen in x


@dataclass(frozen=True, eq=False)
class FieldValues:
    """What is known given x_t = x at points of any shape (...); NaN where that is nothing."""

    density: Tensor  # (...)
    mean0: Tensor  # (..., 2), E[x0 | x]
    mean1: Tensor  # (..., 2), E[x1 | x]
    score: Tensor  # (..., 2), or (..., 0) where it was not asked for
    inside: Tensor  # (...) bool

    @classmethod
    def blank(cls, n: int) -> FieldValues:
        """Nothing known of n points."""
        mean0, mean1, score = torch.full((3, n, 2), math.nan, dtype=torch.float64).unbind(0)
        return cls(mean0.new_zeros(n), mean0, mean1, score, torch.zeros(n, dtype=torch.bool))

    @classmethod
    def joined(cls, parts: list[FieldValues]) -> FieldValues:
        """One after the other."""
        return cls(*(torch.cat([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def fill(self, rows: Tensor, part: FieldValues) -> None:
        """Put what is known of some rows in its place."""
        for spec in fields(self):
            getattr(self, spec.name)[rows] = getattr(part, spec.name)

    def velocity(self, path: Interpolant, t: Tensor) -> Tensor:
        """alpha' E[x0 | x] + beta' E[x1 | x] - gamma gamma' score, (..., 2); t fits (..., 1)."""
        v = path.alpha_dot(t) * self.mean0 + path.beta_dot(t) * self.mean1
        return v - path.gamma_gamma_dot(t) * self.score if path.noisy else v


@dataclass(frozen=True, eq=False)
class Endpoints:
    """Both ends as masses, and the path between them."""

    source: CellMasses
    target: CellMasses
    path: Interpolant

    def solved(self, known: FieldValues, x: Tensor, t: Tensor) -> FieldValues:
        """The same, the mean of the end with the larger coefficient solved for; t fits (..., 1).

        alpha E[x0 | x] + beta E[x1 | x] = x + gamma^2 score, so the ends of time come out exactly:
        x0 = x at t = 0, x1 = x at t = 1.
        """
        alpha, beta, gamma = self.path.alpha(t), self.path.beta(t), self.path.gamma(t)
        late = beta.abs() > alpha.abs()
        whole = x + gamma.square() * known.score if self.path.noisy else x
        off = x - alpha * self.source.mean - beta * self.target.mean
        mean0, mean1 = known.mean0, known.mean1
        if not bool(late.all()):
            solved = _solved(whole - beta * mean1, alpha, gamma, off, self.source)
            mean0 = torch.where(late, mean0, solved)
        if bool(late.any()):
            solved = _solved(whole - alpha * known.mean0, beta, gamma, off, self.target)
            mean1 = torch.where(late, solved, mean1)
        return FieldValues(known.density, mean0, mean1, known.score, known.inside)


def _solved(rest: Tensor, by: Tensor, gamma: Tensor, off: Tensor, end: CellMasses) -> Tensor:
    """rest / by; where latent noise drowns both ends, to first order in by instead."""
    seen = by.abs() > _DROWNED * gamma
    if bool(seen.all()):
        return rest / by
    nearly = end.mean + by / gamma.square().clamp(min=1e-30) * (off @ end.cov)
    return torch.where(seen, rest / torch.where(seen, by, 1.0), nearly)


@dataclass(frozen=True, eq=False)
class Slice:
    """x_t = alpha x0 + beta x1 + gamma z at one t, seen from the centre of its box."""

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
    def shares(self) -> tuple[float, float]:
        """alpha and beta."""
        return float(self.ends.path.alpha(self.time)), float(self.ends.path.beta(self.time))

    @cached_property
    def gamma(self) -> float:
        """Of the latent noise."""
        return float(self.ends.path.gamma(self.time)) if self.ends.path.noisy else 0.0

    @property
    def large(self) -> tuple[CellMasses, float]:
        """The end with the larger coefficient, and that."""
        return self._both[0]

    @property
    def small(self) -> tuple[CellMasses, float]:
        """The other end and its coefficient."""
        return self._both[1]

    @property
    def late(self) -> bool:
        """Is the target's coefficient the larger one?"""
        return abs(self.shares[1]) > abs(self.shares[0])

    @property
    def _both(self) -> list[tuple[CellMasses, float]]:
        both = list(zip((self.ends.source, self.ends.target), self.shares, strict=True))
        return both[::-1] if self.late else both

    @cached_property
    def centre(self) -> Tensor:
        """Of the box that holds x_t, (2,)."""
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
    def _bare(self) -> Tensor:
        """Spectra of the density and of it times E[x_small | x] (2), as they are, (3, 2, K, K)."""
        (one,) = characteristic(*self.large, self.lattice, moments=False)
        if self.gamma > 0:
            kx, ky = self.lattice.both, self.lattice.ky[:, None].to(REAL)
            one = one * torch.exp(-(self.gamma**2) / 2 * (ky.square() + kx.square()))
        return one * torch.stack(characteristic(*self.small, self.lattice, moments=True))

    @cached_property
    def edged(self) -> float:
        """From 0, no edges, to 1: how much of the density's spectrum lies at its rim."""
        size, rim = self._bare[0].abs(), round(_RIM * self.modes)
        most = max(float(size[:, -rim:].max()), float(size[:, :, -rim:].max()), 1e-30)
        return min(1.0, max(0.0, 1 + math.log10(most / _SHARP) / _DECADES))

    @cached_property
    def spectra(self) -> Tensor:
        """Of the density, the same softer, and it times E[x_small | x] (2), (4, 2, K, K).

        All are softened against ringing, where there are edges. The softer density is one that
        does not ring, so that it tells where there is anything.
        """
        density, *means = self._bare * self._window(_SOFT)
        return torch.stack([density, self._bare[0] * self._window(_SOFTER), *means])

    def _window(self, soft: float) -> Tensor:
        cells = soft * self.edged * self.size / (2 * self.modes)
        return self.lattice.window(_ORDER, (float(cells[0]), float(cells[1])))

    @cached_property
    def _means(self) -> Tensor:
        """The spectra, packed."""
        return packed(self.spectra)

    @cached_property
    def _whole(self) -> Tensor:
        """And that of the density's gradient (2), packed."""
        kx, ky = self.lattice.both, self.lattice.ky[:, None].to(REAL)
        slopes = torch.stack([1j * kx * self.spectra[0], 1j * ky * self.spectra[0]])
        return torch.cat([self._means, packed(slopes)])

    def known(self, x: Tensor, y: Tensor, score: bool = True) -> FieldValues:
        """What is known on ticks x (W,), y (H,): tensors (H, W) and (H, W, 2).

        The score may be left out unless the path is noisy, which needs it.
        """
        x, y = x - self.centre[0], y - self.centre[1]
        place = torch.stack(torch.meshgrid(x, y, indexing="xy"))
        shares = self._whole if score or self.ends.path.noisy else self._means
        return self._told(evaluate(shares, self.lattice, x, y), place)

    def known_at(self, x: Tensor, score: bool = True) -> FieldValues:
        """All of that at points (n, 2); kept, since density and velocity are asked in turn."""
        shares = self._whole if score or self.ends.path.noisy else self._means
        for asked, of, known in tuple(self._last):  # of one; other threads may ask too
            if of is shares and torch.equal(asked, x):
                return known
        place = (x - self.centre).nan_to_num(math.inf)
        near = place.clamp(-self.size, self.size)
        found = self._told(scattered(shares, self.lattice, near), place.T)
        self._last[:] = [(x, shares, found)]
        return found

    def _told(self, values: Tensor, place: Tensor) -> FieldValues:
        """What values (4 or 6, ...) tell at places (2, ...) seen from the centre."""
        values = values.double()
        half = (self.size / 2).reshape(2, *[1] * (place.ndim - 1))
        least = torch.tensor([FAINT, FAINT + _HAZE * self.edged]) / float(self.size.prod())
        inside = (values[0] > least[0]) & (values[1] > least[1]) & (place.abs() <= half).all(0)
        density = torch.where(inside, values[0], 0.0)
        share = torch.where(inside, 1 / density, math.nan)
        own = self.small[0]
        bound = (own.size / 2).reshape(half.shape)
        mean = (values[2:4] * share).maximum(-bound).minimum(bound).movedim(0, -1) + own.centre
        score = (values[4:] * share).movedim(0, -1)
        found = FieldValues(density, mean, mean, score, inside)  # the larger end's is solved for
        return self.ends.solved(found, self.centre + place.movedim(0, -1), self.time)
