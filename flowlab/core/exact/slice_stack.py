"""Several time slices of one grid oracle, evaluated on ticks x and y all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.exact.spectrum import evaluate_several
from flowlab.core.exact.time_slice import Boxes, Endpoints, FieldValues, TimeSlice, field_values


@dataclass(frozen=True, eq=False)
class SliceStack:
    """x_t at T times; what is asked of all of them costs little more than of one."""

    ends: Endpoints
    boxes: Boxes  # all (T, 1, 1, ...)
    packed: Tensor  # (T, C, 2 K, 2 K); C = 2 of the densities alone

    @classmethod
    def of(cls, slices: Sequence[TimeSlice], *, densities: bool = False) -> SliceStack:
        """The stack of some slices; with `densities` it knows no velocities."""
        each = [one.needed[:2] if densities else one.needed for one in slices]
        return cls(slices[0].ends, _boxes([one.box for one in slices]), torch.stack(each))

    def density(self, x: Tensor, y: Tensor) -> Tensor:
        """Densities (T, H, W) on ticks x (W,), y (H,); 0 outside the support."""
        place = self._places(x, y)
        values = self._values(self.packed[:, :2], place)
        return torch.where(self.boxes.inside(values, place), values[0], 0.0)

    def density_and_velocity(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Densities (T, H, W) and velocities (T, H, W, 2), which are NaN outside the support."""
        place = self._places(x, y)
        values: FieldValues = field_values(
            self.ends, self._values(self.packed, place), place, self.boxes
        )
        return values.density, values.velocity(self.ends.path, self.boxes.time)

    def _places(self, x: Tensor, y: Tensor) -> Tensor:
        """Ticks as positions (T, H, W, 2) from the centre of each box."""
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
        return grid - self.boxes.centre

    def _values(self, packed: Tensor, place: Tensor) -> Tensor:
        sizes = self.boxes.size[:, 0, 0]
        return evaluate_several(packed, sizes, place[:, 0, :, 0], place[:, :, 0, 1]).double()


def _boxes(each: Sequence[Boxes]) -> Boxes:
    """Several boxes in one, with two more axes for the places in each."""

    def joined(name: str) -> Tensor:
        return torch.stack([getattr(box, name) for box in each])[:, None, None]

    return Boxes(
        joined("time"),
        joined("centre"),
        joined("size"),
        joined("edges"),
        joined("small_centre"),
        joined("small_size"),
    )
