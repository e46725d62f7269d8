"""The machine's calibration, measured on the first start and cached in the person's folder."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from flowlab.core.document.limits import Invalid
from flowlab.core.learning.calibration import SIZES, Calibration, Timing, machine, measured
from flowlab.files.atomic import write


def cache_file() -> Path:
    """The file of the cached calibration, which may be deleted."""
    return user_cache_path("flowlab") / "calibration.json"


def calibrated() -> Calibration:
    """This machine's calibration; measured now (in about a second) if none is cached."""
    cached = cached_calibration()
    if cached is not None:
        return cached
    fresh = measured()
    _keep(fresh)
    return fresh


def _keep(calibration: Calibration) -> None:
    """Cache it if the folder can be written; otherwise each start takes a second longer."""
    with contextlib.suppress(OSError, Invalid):
        cache_file().parent.mkdir(parents=True, exist_ok=True)
        write(cache_file(), msgspec.json.encode(calibration))


def cached_calibration() -> Calibration | None:
    """The cached calibration, if it is complete and of this machine in its present state."""
    try:
        cached = msgspec.json.decode(cache_file().read_bytes(), type=Calibration)
    except (OSError, msgspec.DecodeError):  # none yet, or not one of ours
        return None
    sizes = {(timing.width, timing.batch) for timing in cached.training}
    complete = (
        sizes == set(SIZES)
        and len(cached.sampling) > 0
        and _sane(cached.training + cached.sampling)
    )
    return cached if complete and cached.machine == machine() else None


def _sane(timings: tuple[Timing, ...]) -> bool:
    return all(timing.threads >= 1 and timing.seconds > 0 for timing in timings)
