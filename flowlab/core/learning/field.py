"""A trained network as a velocity field."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from flowlab.core.distributions.checks import points_of, times_of
from flowlab.core.document.arguments import is_whole, time_of
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.network import Network
from flowlab.core.interpolants.conversions import Conversion
from flowlab.core.interpolants.parameterization import LINEAR_VELOCITY, Normal, Parameterization
from flowlab.core.learning.fast_step.step import ACTIVATIONS
from flowlab.core.learning.folded_layers import FoldedLayers, Stacked, folded_layers
from flowlab.core.learning.fourier_auto import fourier_from_weights
from flowlab.core.learning.networks import (
    IN_PLACE,
    VelocityNet,
    build_network,
    classes_in,
    load_arrays,
)
from flowlab.core.learning.to_velocity import VelocityFromPrediction
from flowlab.core.learning.wall_preconditioner import WallPreconditioner
from flowlab.core.learning.weights import Weights
from flowlab.core.solvers.field import Field

_ROWS = 5120  # points that a thread evaluates at once; their activations stay in cache
_ROWS_GPU = 1 << 17
_TIMES = 512  # whose folded layers are cached
_STACKS = 2  # sequences of times whose layers are
_PER_POINT = -2  # in place of a class if each point has its own
_DOUBLE = torch.empty(0, dtype=torch.float64)
_EDGE = 1e-3  # distance of t from 0 and 1 if the velocity is infinite there


def rows(device: torch.device) -> int:
    """How many points are best evaluated at once on a device."""
    return _ROWS if device.type == "cpu" else _ROWS_GPU


Condition = int | Tensor  # one class for all points, or that of each (n,) int64


class LearnedVelocity:
    """The velocity field of a network with fixed weights, whatever it predicts; thread-safe.

    With one t for all points, everything around the layers (whitening, time features, the linear
    velocity, attenuation of Fourier features, a common class) is folded into the first and the last
    layer, once for each t. A conditional network needs a condition, which may be `NO_CLASS` where
    it was trained with label dropout; `Invalid` is raised without one, or for an unknown class.
    """

    def __init__(
        self,
        spec: Network,
        weights: Weights,
        device: str = "cpu",
        parameterization: Parameterization = LINEAR_VELOCITY,
        source: Normal | None = None,
    ) -> None:
        """Raises `Invalid` if the weights don't fit, or no velocity follows from the prediction."""
        self.device = torch.device(device)
        self.parameterization, self._source = parameterization, source
        self.classes = classes_in(weights.arrays)  # that it is conditioned on, if any
        if spec.conditional and not self.classes:
            raise Invalid("These weights belong to a network of another kind or size.")
        net = build_network(
            fourier_from_weights(spec, weights.arrays),
            parameterization=parameterization,
            classes=self.classes,
        )
        load_arrays(net, weights.arrays)
        self._net = net.to(self.device).requires_grad_(False)
        self._layers = _augmented(net)
        self._activate = IN_PLACE[spec.activation]
        self._activation = ACTIVATIONS.index(spec.activation)
        self._folded: dict[tuple[float, int], FoldedLayers] = {}
        self._stacked: dict[tuple[float, ...], Stacked] = {}
        self._workspaces = threading.local()
        self.step = weights.step
        linear, self._to_velocity = net.preconditioner, None
        if parameterization.name != "velocity" and parameterization.walls is None:
            assert not isinstance(linear, WallPreconditioner)
            self._to_velocity = VelocityFromPrediction(parameterization, source, linear)
        self.edge = self._edge_of(parameterization)  # t is kept so far from 0 and 1

    def velocity(self, x: Tensor, t: float | Tensor, condition: Condition | None = None) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); without gradients.

        NaN where x exceeds single precision, as of particles that have left the plane.
        """
        x, like = points_of(x)
        condition = self._checked_condition(condition, len(x))
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            several = isinstance(t, Tensor) and t.numel() > 1
            times = times_of(t, len(x), points if several else _DOUBLE)
            if len(times) == 1:
                v = self._at_time(points, self._inner(float(times)), condition)
            else:
                v = self._at_times(points, self._clamped(times.to(points)), condition)
            return v[:2].T.to(like)

    @property
    def has_noise(self) -> bool:
        """True if the network predicts the latent noise E[z | x] beside the velocity."""
        return self.parameterization.with_noise

    def velocity_and_noise(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Velocity and latent noise E[z | x], each (n, 2), at x (n, 2) and one t.

        From one evaluation of the network; only if `has_noise`. NaN as `velocity`'s.
        """
        x, like = points_of(x)
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            both = self._at_time(points, self._inner(time_of(t)), -1).T.to(like)
        return both[:, :2], both[:, 2:]

    def for_class(self, condition: int) -> ClassVelocity:
        """The velocity field conditioned on one class; raises `Invalid` for an unknown class."""
        self._checked_condition(condition, 0)
        return ClassVelocity(self, condition)

    def for_all(self) -> ClassVelocity:
        """The velocity field of all classes together, which a network learns by label dropout.

        Raises `Invalid` unless the network is conditional.
        """
        self._checked_condition(NO_CLASS, 0)
        return ClassVelocity(self, NO_CLASS)

    def _checked_condition(self, condition: Condition | None, n: int) -> Condition:
        """The class of all points, or of each (n,) on this device; -1 if unconditional."""
        if not self.classes:
            if condition is not None:
                raise Invalid("This network is not conditional: it takes no class.")
            return -1
        if condition is None:
            raise Invalid(
                "This network is conditional: it has a flow for each class, and must be told which."
            )
        if not isinstance(condition, Tensor):
            if not is_whole(condition, NO_CLASS) or condition not in (*self.classes, NO_CLASS):
                known = ", ".join(str(k) for k in self.classes)
                raise Invalid(f"This network knows no class {shown(condition)}, but {known}.")
            return int(condition)
        if condition.shape != (n,):
            raise Invalid(f"Give one class for all points or one for each of the {n}.")
        return condition.to(self.device)

    def predict(
        self, wanted: str, x: Tensor, t: Tensor, condition: Condition | None = None
    ) -> Tensor:
        """Any of `conversions.NAMES` (n, 2) at x (n, 2) and t (n,), from the network's prediction.

        Raises `Invalid` if it does not follow from that; NaN at single times where it does not.
        """
        x, like = points_of(x)
        condition = self._per_point(self._checked_condition(condition, len(x)), len(x))
        by_noise = self.has_noise and wanted in ("noise", "score")
        given = "noise" if by_noise else self.parameterization
        convert = Conversion(self.parameterization.path, given, wanted, self._source)
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            times = self.parameterization.times(times_of(t, len(x), points)).expand(len(x))
            predicted = self._net(points, times, condition)
            value = predicted[:, 2:] if by_noise else predicted[:, :2]
            return convert(value, points, times).to(like)

    def _per_point(self, condition: Condition, n: int) -> Tensor | None:
        """The class of each point (n,), or None for an unconditional network."""
        if isinstance(condition, Tensor):
            return condition
        return torch.full((n,), condition, device=self.device) if self.classes else None

    def _edge_of(self, parameterization: Parameterization) -> float:
        if self._to_velocity is None:
            return _EDGE if parameterization.path.steep else 0.0
        return self._to_velocity.edge

    def _inner(self, t: float) -> float:
        return min(max(t, self.edge), 1 - self.edge)

    def _clamped(self, t: Tensor) -> Tensor:
        return t if self.edge == 0 else t.clamp(self.edge, 1 - self.edge)

    def prepare(self, times: Sequence[float], condition: Condition | None = None) -> None:
        """Fold the layers at all these times at once, which is quicker than as each is reached.

        Does nothing for those that are folded already, nor where there are too many to keep.
        """
        if not isinstance(condition, Tensor):
            condition = self._checked_condition(condition, 0)
        inner = list(dict.fromkeys(self._inner(t) for t in times))
        missing = [t for t in inner if (t, _common(condition)) not in self._folded]
        if 1 < len(missing) <= _TIMES:
            self._fold(missing, condition)

    def _folded_at(self, t: float, condition: Condition) -> FoldedLayers:
        """The folded layers at one t, and for one class if it is common; cached."""
        fold = self._folded.get((t, _common(condition)))
        return self._fold([t], condition) if fold is None else fold

    def _fold(self, times: list[float], condition: Condition) -> FoldedLayers:
        """Cache the folded layers at these times; those of the last."""
        if len(self._folded) + len(times) > _TIMES:
            self._folded.clear()
        common = _common(condition)
        known = self.classes.index(common) if common in self.classes else None
        known = NO_CLASS if self.classes and common == NO_CLASS else known
        folds = folded_layers(self._net, self._layers, times, self._to_velocity, known)
        for k, t in enumerate(times):
            fold = self._folded[t, common] = folds.at(k)
        return fold

    def _at_time(self, x: Tensor, t: float, condition: Condition) -> Tensor:
        fold = self._folded_at(t, condition)
        v = torch.empty(self.parameterization.outputs, len(x), device=self.device)
        size = rows(self.device)
        for first in range(0, len(x), size):
            part = slice(first, first + size)
            each = condition
            if isinstance(condition, Tensor) and len(x) > size:
                each = condition[part]
            self._forward(fold, x[part], v[:, part], each)
        return v

    def stacked(self, times: Sequence[float]) -> Stacked:
        """The layers at all these times; with each point's own class, if conditional. Cached."""
        key = tuple(times)
        stacked = self._stacked.get(key)
        if stacked is None:
            if len(self._stacked) >= _STACKS:
                self._stacked.clear()
            inner = [self._inner(t) for t in times]
            folds = folded_layers(self._net, self._layers, inner, self._to_velocity)
            hidden = self._layers[1:-1]
            stacked = self._stacked[key] = Stacked.of(folds, self._activation, hidden)
        return stacked

    def one_hot(self, condition: Tensor | None, n: int) -> Tensor | None:
        """The rows (K, n) that the first layer takes for n points' classes, if conditional."""
        known = self._checked_condition(condition, n)
        return self._net.one_hot(known) if isinstance(known, Tensor) else None

    def _forward(self, fold: FoldedLayers, x: Tensor, out: Tensor, condition: Condition) -> None:
        h, point = self._hidden(fold, x, condition)
        torch.mm(fold.last, h, out=out)
        if fold.base is not None:
            out.addmm_(fold.base, point)

    def _hidden(self, fold: FoldedLayers, x: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """The last hidden layer (w + 1, n) and the points as rows (x, y, 1), in this thread."""
        workspace = self._workspace(fold, x.shape[0])
        h, point = workspace.inputs, workspace.point
        if isinstance(condition, Tensor) and workspace.condition is not condition:
            workspace.set_classes(self._net.one_hot(condition))
            workspace.condition = condition
        workspace.plane.copy_(x.T)
        if fold.frequencies is not None:
            torch.mm(fold.frequencies, point, out=workspace.angles)
            _sines(workspace.angles, workspace.sines)
        weights = fold.first, *self._layers[1:-1]
        for weight, z, activation in zip(weights, workspace.z, workspace.hidden, strict=True):
            torch.mm(weight, h, out=z)
            self._activate(z)
            h = activation
        return h, point

    def with_divergence(
        self, x: Tensor, t: float, condition: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Velocity (n, 2) and its divergence (n,) at x (n, 2), one t and one class, exact.

        NaN where x exceeds single precision.
        """
        v, jacobian = self.with_jacobian(x, t, condition)
        return v, jacobian[:, 0, 0] + jacobian[:, 1, 1]

    def with_jacobian(
        self, x: Tensor, t: float, condition: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Velocity (n, 2) and its Jacobian dv_i/dx_j (n, 2, 2) at x (n, 2), one t and one class.

        Exact, by forward-mode differentiation: both columns of the Jacobian pass through the
        layers. NaN where x exceeds single precision.
        """
        x, like = points_of(x)
        known = self._checked_condition(condition, len(x))
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            fold = self._folded_at(self._inner(time_of(t)), known)
            parts = [
                self._with_columns(fold, part) for part in torch.split(points, rows(self.device))
            ]
            v, jacobian = (torch.cat(part) for part in zip(*parts, strict=True))
            return v.to(like), jacobian.to(like)

    def _with_columns(self, fold: FoldedLayers, x: Tensor) -> tuple[Tensor, Tensor]:
        point = torch.cat([x.T, torch.ones(1, len(x), device=x.device)])
        steps = torch.eye(3, 2, device=x.device).T[:, :, None].expand(-1, -1, len(x))
        h, tangents = point, steps
        if fold.frequencies is not None:
            angle, rates = fold.frequencies @ point, fold.frequencies @ steps
            h = torch.cat([angle.sin(), angle.cos(), point])
            tangents = torch.cat([angle.cos() * rates, -angle.sin() * rates, steps], 1)
        for weight in (fold.first, *self._layers[1:-1]):
            z, tangents = weight @ h, weight @ tangents
            h, derivative = _with_derivative(self._net.net[1], z)
            h = torch.cat([h, torch.ones_like(h[:1])])
            tangents = torch.cat([derivative * tangents, torch.zeros_like(tangents[:, :1])], 1)
        last, base = fold.last[:2], fold.base if fold.base is None else fold.base[:2]
        v, jacobian = last @ h, last @ tangents  # the latter (direction, component, n)
        if base is not None:
            v, jacobian = v + base @ point, jacobian + base[:, :2].T[:, :, None]
        return v.T, jacobian.permute(2, 1, 0)

    def _workspace(self, fold: FoldedLayers, n: int) -> _Workspace:
        """The arrays of this thread for n points."""
        workspaces: dict[Any, _Workspace] = self._workspaces.__dict__
        key = n, fold.first.shape[1]
        if key not in workspaces:
            if len(workspaces) > 2:
                workspaces.clear()
            widths = [len(layer) for layer in self._layers[:-1]]
            workspaces[key] = _Workspace(fold, widths, n, self.device)
        return workspaces[key]

    def _at_times(self, x: Tensor, t: Tensor, condition: Condition) -> Tensor:
        size, each = rows(self.device), self._per_point(condition, len(x))
        v = []
        for first in range(0, max(1, len(x)), size):
            part = slice(first, first + size)
            c = None if each is None else each[part]
            v.append(self._velocities(x[part], t[part], c).T)
        return torch.cat(v, 1)

    def _velocities(self, x: Tensor, t: Tensor, condition: Tensor | None) -> Tensor:
        prediction: Tensor = self._net(x, t, condition)
        return prediction if self._to_velocity is None else self._to_velocity(prediction, x, t)


class _Workspace:
    """The first layer's input and each layer's output for n points, reused between calls."""

    def __init__(self, fold: FoldedLayers, widths: list[int], n: int, device: torch.device) -> None:
        self.inputs = torch.ones(fold.first.shape[1], n, device=device)
        self.hidden = [torch.ones(w + 1, n, device=device) for w in widths]
        self.z = [activation[:-1] for activation in self.hidden]  # without the row of ones
        self.point = self.inputs[-3:]
        self.plane = self.point[:2]
        count = 0 if fold.frequencies is None else fold.frequencies.shape[0]
        self.sines, self.angles = self.inputs[:count], self.inputs[count : 2 * count]
        self.condition: Tensor | None = None  # whose one-hot rows are in the inputs

    def set_classes(self, rows: Tensor) -> None:
        """Write the one-hot rows (K, n) of the points' classes."""
        self.inputs[-3 - len(rows) : -3] = rows


@dataclass(frozen=True, eq=False)
class ClassVelocity:
    """The velocity field of a conditional network for one class."""

    conditional: LearnedVelocity
    condition: int

    @property
    def device(self) -> torch.device:
        """The device that evaluates it."""
        return self.conditional.device

    @property
    def step(self) -> int:
        """Training step of the weights."""
        return self.conditional.step

    @property
    def edge(self) -> float:
        """How far t is kept from 0 and 1."""
        return self.conditional.edge

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); NaN as `LearnedVelocity`'s."""
        return self.conditional.velocity(x, t, self.condition)

    def prepare(self, times: Sequence[float]) -> None:
        """Do at once for all these times what each would need."""
        self.conditional.prepare(times, self.condition)

    def with_divergence(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Velocity (n, 2) and its divergence (n,) at x (n, 2) and one t. NaN as there."""
        return self.conditional.with_divergence(x, t, self.condition)

    def with_jacobian(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Velocity (n, 2) and its Jacobian (n, 2, 2) at x (n, 2) and one t. NaN as there."""
        return self.conditional.with_jacobian(x, t, self.condition)


def _common(condition: Condition) -> int:
    """The class of all points, or what stands for classes of their own."""
    return _PER_POINT if isinstance(condition, Tensor) else condition


def classes_of(field: Field) -> tuple[int, ...]:
    """The classes that a field is conditioned on, ascending; empty if it is unconditional.

    The document may have changed since its network was trained, so the field itself is asked.
    """
    classes: tuple[int, ...] = getattr(field, "classes", ())
    return classes


def _sines(angles: Tensor, sines: Tensor) -> None:
    """Write the sines, and the cosines over the angles."""
    if angles.is_cpu:  # NumPy's take half as long as torch's
        numbers = angles.numpy()
        with np.errstate(invalid="ignore"):  # of lost points
            np.sin(numbers, out=sines.numpy())
            np.cos(numbers, out=numbers)
    else:
        torch.sin(angles, out=sines)
        angles.cos_()


def _with_derivative(activate: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    """An activation of z, and its derivative there."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        h = activate(z)
        (derivative,) = torch.autograd.grad(h.sum(), z)
    return h.detach(), derivative


def _augmented(net: VelocityNet) -> list[Tensor]:
    """Weight and bias of each layer side by side, (out, in + 1)."""
    layers = [part for part in net.net if isinstance(part, nn.Linear)]
    return [torch.cat([layer.weight, layer.bias[:, None]], 1) for layer in layers]
