"""The plans of the views of the heat kernel: the transition density, and the tones of the walls.

p(x | x0) of reflected Brownian motion is the sum of mirrored Gaussians, or of harmonics (Lou and
Ermon 2023, arXiv:2304.04740, section 4): each converges fast where the other does not.
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.domains import kernel
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.heat_results import HeatMaps, Tones
from flowlab.core.reflected.starts import POINT_OUTSIDE
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_TIMES, _FEW, _SIDE = 33, 9, 96  # noise levels, those of a quick answer, and cells of a map
_MODES = 200  # of the harmonics
_STILL = 1e-5  # over the area: a smaller eigenvalue is a 0
_METHODS: tuple[Literal["images", "harmonics", "best"], ...] = ("images", "harmonics", "best")


def heat_kernel(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """p(x | x0) at the noise levels of the schedule: by images, by harmonics, and combined.

    The `extra` of the bundle, which has no particles, is the `HeatMaps`. Raises `Cancelled`, or
    `Invalid` where x0 lies outside the walls.
    """
    del network
    began = time.perf_counter()
    settings, domain = document.reflected, walls_of(document.reflected)
    point = settings.start_x, settings.start_y
    if not bool(domain.inside([point])):
        raise Invalid(POINT_OUTSIDE)
    heat = kernel(domain, _MODES)
    times = np.linspace(0.0, 1.0, _FEW if options.coarse else _TIMES)
    variances = total_variance(settings, domain.size, 1 - times)
    wanted = {"images": settings.image_terms, "harmonics": settings.tone_terms, "best": None}
    made = []
    for k, variance in enumerate(variances.tolist()):
        if options.cancelled is not None and options.cancelled():
            raise Cancelled
        tau = variance / 2
        made.append([heat.picture(point, tau, name, wanted[name], _SIDE) for name in _METHODS])
        if options.progress is not None:
            options.progress((k + 1) / len(times))
    rows = dict(zip(_METHODS, zip(*made, strict=True), strict=True))
    extra = HeatMaps(
        times=times,
        sigmas=np.sqrt(variances),
        xs=made[0][0].x.astype(np.float32),
        ys=made[0][0].y.astype(np.float32),
        maps={name: np.stack([p.density for p in row]).astype(np.float32)
              for name, row in rows.items()},
        errors={name: np.array([p.error for p in row]) for name, row in rows.items()},
        terms={name: np.array([p.terms for p in row]) for name, row in rows.items()},
        doubt=np.array([p.doubt for p in rows["best"]]),
        switch=float(np.sqrt(2 * heat.switch)),
        mismatch=heat.mismatch,
        point=point,
        bounds=domain.bounds,
    )  # fmt: skip
    return _bundle(document, options, extra, began)


def tones(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """Eigenfunctions of the Laplacian between the walls, from the chosen one on.

    The `extra` of the bundle, which has no particles, is the `Tones`.
    """
    del network
    began = time.perf_counter()
    settings, domain = document.reflected, walls_of(document.reflected)
    heat = kernel(domain, _MODES)
    values = heat.eigenvalues.numpy()
    first = min(settings.tone, len(values) - 1)
    numbers = range(first, min(first + settings.tones_shown, len(values)))
    rooms = int((values < _STILL / domain.area).sum())
    found = [heat.tone(number, _SIDE) for number in numbers]
    extra = Tones(
        numbers=tuple(numbers),
        eigenvalues=np.array([tone.eigenvalue for tone in found]),
        xs=found[0].x.astype(np.float32),
        ys=found[0].y.astype(np.float32),
        values=np.stack([signed(tone.values) for tone in found]).astype(np.float32),
        known=len(values),
        rooms=rooms,
        slowest=float(values[rooms]) if rooms < len(values) else 0.0,
        bounds=domain.bounds,
    )
    return _bundle(document, options, extra, began)


def signed(values: Doubles) -> Doubles:
    """An eigenfunction (H, W), whose sign is free, positive where it is first clearly not 0."""
    known = np.nan_to_num(values).ravel()
    first = int(np.argmax(np.abs(known) > np.abs(known).max() / 4))
    return values if known[first] >= 0 else -values


def _bundle(
    document: Document, options: PlanOptions, extra: HeatMaps | Tones, began: float
) -> Bundle:
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        method="heat",
        direction="reverse",
        extra=extra,
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )
