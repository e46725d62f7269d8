"""How a pair is joined: the schedules of a path."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, data, number
from flowlab.core.document.path_checks import Knots, check_path

PATHS = {
    "linear": "Linear",
    "trigonometric": "Trigonometric",
    "encoding": "Encoding–decoding",
    "preserving": "Variance preserving",
    "mirror": "Mirror",
    "custom": "Custom curves",
}
NOISES = {
    "none": "None",
    "brownian": "Brownian √(t(1 − t))",
    "quadratic": "Quadratic t(1 − t)",
    "sine": "Sine squared sin²(πt)",
}
CLOCKS = {
    "even": "Even",
    "early": "Early",
    "late": "Late",
    "smooth": "Smooth",
    "ends": "Slow in the middle",
}


@dataclass(frozen=True, kw_only=True)
class Path(Checked):
    """How a pair is joined: x_t = a(t) x0 + b(t) x1 + gamma(t) z.

    `alpha_knots` are those of a, `beta_knots` those of b: the names of stochastic interpolants.
    """

    kind: str = choice(
        "linear",
        PATHS,
        "Path",
        "How the weights of source and target change as t goes",
        also="interpolant, interpolation, schedule, alpha beta, noise schedule",
        entries={
            "linear": "conditional flow matching, straight paths, lerp",
            "trigonometric": "cosine schedule, cosine",
            "preserving": "VP, diffusion, DDPM",
        },
    )
    noise: str = choice(
        "none",
        NOISES,
        "Noise",
        "Fresh noise γ z is added between the ends, and none at them: it blurs every distribution "
        "on the way",
        also="latent noise, gamma, γ, stochastic interpolant",
        entries={"brownian": "Brownian bridge, bridge, diffusion"},
    )
    level: float = number(
        1.0,
        0.05,
        10.0,
        "Noise level",
        "The noise γ is multiplied by this",
        log=True,
        also="gamma, γ",
    )
    clock: str = choice(
        "even",
        CLOCKS,
        "Clock",
        "When the path is walked: early does most of it soon after t = 0, late shortly before "
        "t = 1, smooth starts and ends slowly",
        also="schedule, time schedule, timing",
    )
    alpha_knots: Knots = data(((0.3, 0.7), (0.7, 0.3)), "Knots of a")
    beta_knots: Knots = data(((0.3, 0.3), (0.7, 0.7)), "Knots of b")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_path(self)

    @property
    def noisy(self) -> bool:
        """True if the path has latent noise."""
        return self.noise != "none"
