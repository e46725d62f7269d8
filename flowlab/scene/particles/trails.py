"""Short trails of the particles' last positions; of very many particles, only some have one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import smoothstep
from flowlab.scene.base.layout import separation
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Stage

KNOTS = 4  # knots of a trail: now, and three earlier times
LONGEST_STEP = 1.6  # greatest distance between a trail's samples, pixels
SPACING = 1.5  # distance between the samples of a typical trail, pixels
LEAST_SAMPLES = 6  # of a trail; fewer trails are drawn before it has fewer samples


@dataclass(frozen=True)
class Trails:
    """Device pixels (KNOTS, n, 2), newest first, of every `stride`-th particle."""

    knots: Floats
    stride: int
    samples: int  # samples of each trail


def trails_of(stage: Stage, budget: int) -> Trails | None:
    """The trails at the frame's t, of `budget` samples in all; None if none are shown."""
    frame, bundle = stage.frame, stage.frame.bundle
    if not frame.view.show_trails or frame.t <= 0.0 or bundle is None:
        return None
    stride = _stride(bundle.points.shape[1], _length(stage), budget)
    knots = _knots(stage, bundle, stride)
    return Trails(knots, stride, _samples(knots, round(budget * stage.dpr)))


def times(stage: Stage) -> list[float]:
    """The times of a trail's knots, newest first."""
    start = max(0.0, stage.frame.t - stage.view.trail)
    return [float(t) for t in np.linspace(stage.frame.t, start, KNOTS)]


def _length(stage: Stage) -> float:
    """Length of a typical long trail in logical pixels; it doesn't depend on t."""
    assert stage.frame.bundle is not None
    travelled = path_length(stage.frame.bundle)
    if stage.view.layout == "side":
        travelled += separation(stage.frame.bundle)
    return travelled * stage.view.trail * stage.frame.camera.scale(stage.height)


def _stride(count: int, long: float, budget: int) -> int:
    """A power of two: only every `stride`-th particle gets a trail, if those are `long` pixels.

    Fewer trails look better than dotted ones. The stride doesn't depend on t, so trails don't come
    and go.
    """
    samples = max(LEAST_SAMPLES, long / LONGEST_STEP)
    needed = count * samples / budget
    return 1 << max(0, math.ceil(math.log2(needed))) if needed > 1 else 1


def _knots(stage: Stage, bundle: Bundle, stride: int) -> Floats:
    """Device pixels (KNOTS, n, 2) of the trails, in reused memory."""
    old = stage.frame.before
    few = thinned(bundle, stride)
    few_old = None if old is None else thinned(old, stride)
    moments = times(stage)
    flat = stage.scratch.array("trails", (2, KNOTS, few.points.shape[1]), np.float32)
    before = few.several(moments[1:])
    if few_old is not None:
        share = np.float32(smoothstep(stage.frame.blend))
        before = share * before + (1 - share) * few_old.several(moments[1:])
    stage.affine(moments[0]).write(stage.now[::stride], *flat[:, 0])  # read once for the dots
    if stage.view.layout == "side":
        for k, t in enumerate(moments[1:], 1):
            stage.affine(t).write(before[k - 1], *flat[:, k])
    else:
        stage.affine(moments[0]).write(before, *flat[:, 1:])
    return flat.transpose(1, 2, 0)


@memoise
def path_length(bundle: Bundle) -> float:
    """Length, in units of the plane, of a typical long path."""
    few = bundle.points[:, :: max(1, bundle.points.shape[1] // 500)]
    steps = np.diff(few, axis=0)
    lengths = np.hypot(steps[..., 0], steps[..., 1]).sum(0)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.quantile(lengths, 0.8)) if len(lengths) else 1.0


def thinned(bundle: Bundle, stride: int) -> Bundle:
    """Every `stride`-th particle of a bundle, cached as long as the bundle."""
    if stride == 1:
        return bundle
    parts = _parts(bundle)
    if stride not in parts:
        few = bundle.select(np.arange(0, bundle.points.shape[1], stride))
        parts[stride] = replace(few, source=bundle.source, target=bundle.target)
    return parts[stride]


@memoise
def _parts(_bundle: Bundle) -> dict[int, Bundle]:
    return {}


def _samples(knots: Floats, budget: int) -> int:
    """Samples of each trail: about one per pixel for most trails, within the budget."""
    moves = np.abs(knots[1:, ::7] - knots[:-1, ::7])
    reach = np.maximum(moves[..., 0], moves[..., 1]).sum(0)
    reach = np.sort(reach[np.isfinite(reach)])
    long = float(reach[int(0.97 * len(reach))]) if len(reach) else 1.0
    most = max(len(knots) - 1, budget // max(knots.shape[1], 1))
    return int(min(max(np.ceil(long / SPACING), len(knots) - 1), most))
