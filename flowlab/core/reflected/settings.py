"""What can be chosen for particles between walls; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flowlab.core.document.limits import Checked, Invalid, choice, data, number, shown, switch

Point = tuple[float, float]
Ring = tuple[Point, ...]

WALLS = {
    "square": "Square",
    "rectangle": "Rectangle",
    "disc": "Disc",
    "equilateral": "Equilateral triangle",
    "right": "Right triangle",
    "drawn": "Drawn",
}
PROCESSES = {"ve": "Variance exploding", "brownian": "Brownian motion"}
GUARDS = {"reflect": "Reflect", "project": "Project"}
WAYS = {
    "threshold": "Threshold the mean",
    "dynamic": "Dynamic threshold",
    "project": "Project the step",
    "reflect": "Reflect the step",
}
WALL_METHODS = {  # of `flowlab.sample`
    "reflected_euler": "Reflected Euler–Maruyama",
    "predictor_corrector": "Predictor-corrector",
    "pf_ode": "Probability-flow ODE",
}
STARTS = {"target": "Target", "uniform": "Uniform", "point": "One point"}

MOST_RINGS, MOST_CORNERS = 32, 4000
FARTHEST = 1e4  # largest coordinate of a wall


def _star(points: int = 5, outer: float = 2.4, inner: float = 1.1) -> Ring:
    turns = (math.pi * (0.5 + k / points) for k in range(2 * points))
    radii = (outer if k % 2 == 0 else inner for k in range(2 * points))
    return tuple(
        (round(r * math.cos(a), 3), round(r * math.sin(a), 3))
        for a, r in zip(turns, radii, strict=True)
    )


STAR: tuple[Ring, ...] = (_star(),)


@dataclass(frozen=True, kw_only=True)
class Reflected(Checked):
    """Walls that particles don't leave, and how they move between them."""

    walls: str = choice(
        "square",
        WALLS,
        "Walls",
        "The domain that particles don't leave. Drawn: any closed stroke, with holes",
        also="domain, boundary, constraint, box, polygon, simplex, billiard, region",
    )
    width: float = number(
        17.0,  # around the eight Gaussians of a new document
        0.1,
        100.0,
        "Width",
        "Of the square and the rectangle; the disc's diameter; a triangle's side",
        log=True,
        also="side, diameter, size of the walls",
    )
    height: float = number(10.0, 0.1, 100.0, "Height", "Of the rectangle", log=True)
    center_x: float = number(0.0, -50.0, 50.0, "Place x", "Of the walls’ centre")
    center_y: float = number(0.0, -50.0, 50.0, "Place y", "Of the walls’ centre")
    outline: tuple[Ring, ...] = data(
        STAR, "Drawn walls", "Corners of the closed outline, then of each hole"
    )
    clip: bool = switch(
        False,
        "Clip to the walls",
        "Keeps only what lies between the walls: the target, and the source of a flow, is then its "
        "own distribution under the condition that a sample lies inside",
        also="truncate, crop, outside, cut off",
    )
    process: str = choice(
        "ve",
        PROCESSES,
        "Noise",
        "Variance exploding: the standard deviation grows by the same factor in equal times, "
        "σ = σ₀ (σ₁/σ₀)ˢ. Brownian motion: its square grows by the same amount, σ² = σ₁² s",
        also="VE SDE, variance exploding, reflected Brownian motion",
    )
    sigma_min: float = number(
        0.01,
        0.001,
        0.5,
        "First σ₀",
        "Of variance exploding noise, as a share of the walls' size",
        log=True,
        also="sigma min, smallest noise",
    )
    sigma_max: float = number(
        1.5,
        0.05,
        5.0,
        "Last σ₁",
        "Standard deviation of all noise, as a share of the walls' size. At 1.5 the square's "
        "distribution is uniform to 3 parts in 100,000",
        log=True,
        also="sigma max, largest noise, total noise",
    )
    steps: int = number(
        200,
        1,
        1000,
        "Steps",
        "Of equal length in time",
        log=True,
        also="number of steps, step size",
    )
    start: str = choice(
        "target",
        STARTS,
        "Start",
        "Where particles are before any noise: samples of the target, everywhere alike between the "
        "walls, or all at one point",
        also="initial distribution, data, stationary, delta",
    )
    start_x: float = number(0.8, -50.0, 50.0, "Start x", "Of the one point", step=0.1)
    start_y: float = number(0.4, -50.0, 50.0, "Start y", "Of the one point", step=0.1)
    reverse_steps: int = number(
        200,
        1,
        2000,
        "Steps with noise",
        "Of the reverse SDE, in equal parts of time",
        log=True,
        also="number of steps, NFE, reverse SDE",
    )
    flow_steps: int = number(
        100,
        1,
        1000,
        "Steps of the flow",
        "Of the probability-flow ODE, one score each: without noise fewer are enough",
        log=True,
        also="number of steps, NFE, probability flow ODE",
    )
    annealed: float = number(
        0.5,
        0.0,
        1.0,
        "Annealed noise ḡ/g",
        "The second picture: less noise, and as much less drift that the marginals stay the same. "
        "At 1 it is the reverse SDE, at 0 the flow",
        step=0.05,
        also="annealing, churn, eta, stochasticity, noise level, temperature",
    )
    guard: str = choice(
        "reflect",
        GUARDS,
        "At a wall",
        "Reflect: a step goes on as a billiard ball does. Project: it ends at the nearest point "
        "between the walls",
        also="reflection, projection, boundary condition, specular",
    )
    corrections: int = number(
        0,
        0,
        5,
        "Corrector steps",
        "Of constrained Langevin dynamics, dX = ½ s dt + dB + dL, after each step with noise",
        also="predictor-corrector, Langevin, MCMC",
    )
    snr: float = number(
        0.16,
        0.01,
        1.0,
        "Their snr",
        "How large the corrector's drift is beside its noise, which sets its length: "
        "2 (snr |z| / |s|)²",
        log=True,
        also="signal to noise ratio, step size, Langevin",
    )
    denoise: bool = switch(
        False,
        "Denoise at the end",
        "Ends at the mean of the data of which the last noise was made, x + σ₀² s",
        also="denoising, Tweedie, final step",
    )
    one_class: bool = switch(
        False,
        "One class",
        "Generates one class of the target rather than all of it",
        also="conditional generation, class-conditional, label",
    )
    guided_class: int = number(0, 0, 255, "Class", "Which class of the target is generated")
    guidance: float = number(
        0.0,
        0.0,
        15.0,
        "Guidance w",
        "Follows (w + 1) s of the class − w s of all: the larger w is, the further from all other "
        "classes",
        step=0.5,
        also="classifier-free guidance, CFG, guidance scale, w",
    )
    quantile: float = number(
        0.995,
        0.5,
        1.0,
        "Quantile",
        "Of the sizes of a point's two coordinates, at which dynamic thresholding clips them",
        also="percentile, dynamic thresholding, Imagen",
    )
    way: str = choice(
        "reflect",
        WAYS,
        "Stay inside",
        "What keeps a step between the walls: see the view of all ways",
        also="thresholding, projection, reflection, clipping",
    )
    slow_steps: int = number(
        12, 1, 60, "Steps", "Of the reverse SDE, long enough to be seen one by one", also="step"
    )
    image_terms: int = number(
        9,
        1,
        400,
        "Images",
        "How many mirror images of the Gaussian are added up, the nearest first",
        log=True,
        also="method of images, reflections, number of terms",
    )
    tone_terms: int = number(
        24,
        1,
        200,
        "Harmonics",
        "How many harmonics are added up, the slowest first",
        log=True,
        also="eigenfunctions, cosines, number of terms, modes, spectral",
    )
    tone: int = number(
        1,
        0,
        199,
        "First tone",
        "Which eigenfunction is shown first; 0 is the uniform one, which doesn't decay",
        also="eigenfunction, mode, harmonic, eigenvalue, drum",
    )
    tones_shown: int = number(6, 1, 12, "Tones", "How many are shown", also="number of modes")
    angle: float = number(
        0.0,
        0.0,
        180.0,
        "Direction",
        "Which coordinate is drawn against t: x at 0°, y at 90°, between them x cos + y sin",
        unit="°",
        step=1.0,
        also="angle, axis, projection, coordinate, marginal, x, y",
    )

    def __post_init__(self) -> None:
        """Raises `Invalid` for values out of range, and for walls that are no rings of points."""
        super().__post_init__()
        object.__setattr__(self, "outline", _rings(self.outline))
        if self.process == "ve" and not self.sigma_min < self.sigma_max:
            raise Invalid(
                f"The last σ₁ must be larger than the first σ₀, not {self.sigma_max:g} and "
                f"{self.sigma_min:g}."
            )


def _rings(given: Any) -> tuple[Ring, ...]:
    """Nested tuples, lists or arrays as rings of points."""
    try:
        rings = tuple(tuple((float(x), float(y)) for x, y in ring) for ring in given)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise Invalid(f"Drawn walls must be rings of points x, y, not {shown(given)}.") from None
    if not 1 <= len(rings) <= MOST_RINGS:
        raise Invalid(f"Drawn walls must be 1 to {MOST_RINGS} rings, not {len(rings)}.")
    if sum(map(len, rings)) > MOST_CORNERS:
        raise Invalid(f"Drawn walls may have at most {MOST_CORNERS:,} corners.")
    if not all(abs(value) <= FARTHEST for ring in rings for point in ring for value in point):
        raise Invalid(f"Drawn walls must lie between ±{FARTHEST:,.0f}.")  # NaN does not
    return rings
