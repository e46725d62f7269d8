"""What a sampler of a diffusion model is asked for, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowlab.core.diffusion.corrector import SNR
from flowlab.core.diffusion.guidance import ALWAYS
from flowlab.core.diffusion.guidance_words import MOST_GUIDANCE
from flowlab.core.diffusion.langevin import STEPS, step_size_for
from flowlab.core.diffusion.levels import SIGMAS, T_DEFAULT, Levels, levels_of
from flowlab.core.diffusion.settings import (
    DIFFUSION_METHODS,
    KINDS,
    LEAST_SIGMA,
    MOST_STEPS,
    ODE_PREDICTORS,
    OPTIONS,
    SCHEDULES,
    SDE_PREDICTORS,
    VARIANCES,
)
from flowlab.core.document.arguments import is_number, kind_of, name_of, plain_number, row_of, whole
from flowlab.core.document.limits import Invalid, shown

_NOISING = "ddpm", "reverse_sde"
ONLY_FORWARD = (
    "Data are noised by the forward process of ddpm and reverse_sde alone: take one of these in "
    "reverse."
)
NOT_GUIDED = (
    "The optimal variance is that of a model without guidance: take posterior or beta, or the "
    "oracle of one class."
)
_PLAIN_SIGMA = {True: 0.01, False: 0.1}  # of Langevin dynamics, by an exact score or a learned one


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """A method of `DIFFUSION_METHODS` and its options; None stands for what it takes by default.

    `T` is the length of the training schedule, `steps` how many of its steps are taken. Raises
    `Invalid` for what can't be, also for an option that belongs to another method.
    """

    method: str = "ddpm"
    direction: str = "forward"  # in reverse data are noised
    steps: int | None = None
    T: int | None = None
    schedule: str | None = None
    kind: str | None = None
    standardise: bool | None = None
    eta: float | None = None
    variance: str | None = None
    predictor: str | None = None
    corrector: int | None = None
    snr: float | None = None
    clamp: float | None = None
    step_size: float | None = None
    sigmas: Any = None
    label: int | None = None  # the class that is led to
    guidance: float | None = None  # gamma
    interval: Any = None  # of t, in which there is guidance

    def __post_init__(self) -> None:
        name_of(self.method, DIFFUSION_METHODS, "method of a diffusion model")
        name_of(self.direction, ("forward", "reverse"), "direction")
        if self.direction == "reverse" and self.method not in _NOISING:
            raise Invalid(ONLY_FORWARD)
        for name, methods in OPTIONS.items():
            if getattr(self, name) is not None and self.method not in methods:
                raise Invalid(f"{name} belongs to {' and '.join(methods)}, not to {self.method}.")
        self._check_names()
        self._check_numbers()
        self._check_guidance()

    def _check_names(self) -> None:
        predictors = SDE_PREDICTORS if self.method == "reverse_sde" else ODE_PREDICTORS
        for name, known in (
            ("schedule", SCHEDULES), ("kind", KINDS), ("variance", VARIANCES),
            ("predictor", predictors),
        ):  # fmt: skip
            if getattr(self, name) is not None:
                name_of(getattr(self, name), known, name)
        if self.schedule is not None and self.kind in ("ve", "blend"):
            raise Invalid(f"The kind {self.kind} has no schedule: leave schedule out.")
        if self.sigmas is not None and self.method != "langevin" and self.kind != "ve":
            raise Invalid('sigmas belong to langevin, and to kind="ve".')
        if self.standardise is not None:
            kind_of(self.standardise, bool, "standardise", "True or False")
        if self.corrector and self.predictor == "sample_timestep_iter":
            raise Invalid("The text's step sample_timestep_iter takes no corrector.")

    def _check_numbers(self) -> None:
        if self.corrector is not None:
            whole(self.corrector, "corrector, the number of corrections after a step,", 0, 100)
        for name, least, most in (
            ("eta", 0.0, 1.0), ("snr", 1e-6, 10.0), ("clamp", 1e-6, 1e6), ("step_size", 1e-12, 1e6)
        ):  # fmt: skip
            value = plain_number(getattr(self, name))
            if value is not None and not is_number(value, least, most):
                raise Invalid(f"{name} must be from {least:g} to {most:g}, not {shown(value)}.")
        self.sigmas_for(exact=True)
        whole(self.count, "The number of steps")

    def _check_guidance(self) -> None:
        if self.label is not None:
            whole(self.label, "label, a class of the target,", 0)
        gamma = plain_number(self.guidance)
        if gamma is not None and not is_number(gamma, 0.0, MOST_GUIDANCE):
            raise Invalid(f"guidance must be from 0 to {MOST_GUIDANCE:g}, not {shown(gamma)}.")
        if self.interval is not None:
            self._check_interval(row_of(self.interval, "interval, of t,", 2))
        guided = self.guidance is not None or self.label is not None
        if guided and self.direction == "reverse":
            raise Invalid("Data are noised without guidance: leave guidance and label out.")
        if guided and self.variance == "optimal":
            raise Invalid(NOT_GUIDED)

    def _check_interval(self, interval: tuple[float, ...]) -> None:
        low, high = interval
        if not 0 <= low <= high <= 1:
            raise Invalid(
                f"interval must be two t from 0 to 1, the lesser first, not {shown(self.interval)}."
            )
        if self.method == "langevin":
            raise Invalid("interval belongs to methods that pass noise levels, not to langevin.")
        if self.guidance is None:
            raise Invalid("interval belongs to guidance: say how strong that is.")

    @property
    def guided_in(self) -> tuple[float, float]:
        """The t between which there is guidance."""
        if self.interval is None:
            return ALWAYS
        low, high = row_of(self.interval, "interval", 2)
        return low, high

    @property
    def levels(self) -> Levels:
        """The levels that are visited."""
        return self._every.visited(self.steps)

    def levels_from(self, k: int) -> Levels:
        """Those from step k of T down to the data, so many of these steps, or all if they are less.

        Raises `Invalid` unless 1 <= k <= T.
        """
        every = self._every.later(k)
        return every.visited(None if self.steps is None else min(self.steps, len(every.k) - 1))

    @property
    def _every(self) -> Levels:
        T = T_DEFAULT if self.T is None else whole(self.T, "T", 1, MOST_STEPS)
        sigmas = SIGMAS if self.sigmas is None else self.sigmas
        return levels_of(self.kind or "vp", self.schedule or "linear", T, sigmas)

    @property
    def count(self) -> int:
        """How many steps are taken."""
        if self.method != "langevin":
            return len(self.levels.k) - 1
        return STEPS if self.steps is None else whole(self.steps, "steps", 1, MOST_STEPS)

    @property
    def reach(self) -> float:
        """How many times as far out as noise and data its points lie, at most."""
        return 1.0 if self.method == "langevin" else max(1.0, self.levels.prior)

    @property
    def correcting(self) -> tuple[int, float]:
        """How many corrections follow a step, and their signal-to-noise ratio."""
        return self.corrector or 0, SNR if self.snr is None else float(self.snr)

    def sigmas_for(self, *, exact: bool) -> tuple[float, ...]:
        """The sigmas of Langevin dynamics in their order, over an exact or a learned score."""
        if self.sigmas is None or self.method != "langevin":
            return (_PLAIN_SIGMA[exact],)
        given = plain_number(self.sigmas)
        row = (float(given),) if is_number(given) else row_of(given, "sigmas")
        if not row or not all(LEAST_SIGMA <= each <= 1 / LEAST_SIGMA for each in row):
            limits = f"from {LEAST_SIGMA:g} to {1 / LEAST_SIGMA:g}"
            raise Invalid(f"sigmas must be one or more numbers {limits}, not {shown(self.sigmas)}.")
        return row

    def step_size_for(self, sigmas: tuple[float, ...]) -> float:
        """The step size of Langevin dynamics at the last of the sigmas."""
        return step_size_for(sigmas) if self.step_size is None else float(self.step_size)
