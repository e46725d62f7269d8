"""The machine's calibration, measured on the first start and kept in the person's cache folder."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from flowlab.core.document.limits import Invalid
from flowlab.core.learning.calibration import SIZES, Calibration, Timing, machine, measured
from flowlab.files.atomic import write


def cache_file() -> Path:
    """Where it is kept; harmless to delete."""
    return user_cache_path("flowlab") / "calibration.json"


def calibrated() -> Calibration:
    """This machine's calibration, measured now (about a second) where none is kept."""
    kept = kept_calibration()
    if kept is not None:
        return kept
    fresh = measured()
    _keep(fresh)
    return fresh


def _keep(calibration: Calibration) -> None:
    """Write it, or not: a folder that cannot be written costs a second at each start."""
    with contextlib.suppress(OSError, Invalid):
        cache_file().parent.mkdir(parents=True, exist_ok=True)
        write(cache_file(), msgspec.json.encode(calibration))


def kept_calibration() -> Calibration | None:
    """The one in the cache, if it is whole and of this machine as it is."""
    try:
        kept = msgspec.json.decode(cache_file().read_bytes(), type=Calibration)
    except (OSError, msgspec.DecodeError):  # none yet, or not one of ours
        return None
    sizes = {(timing.width, timing.batch) for timing in kept.training}
    whole = sizes == set(SIZES) and len(kept.sampling) > 0 and _sane(kept.training + kept.sampling)
    return kept if whole and kept.machine == machine() else None


def _sane(timings: tuple[Timing, ...]) -> bool:
    return all(timing.threads >= 1 and timing.seconds > 0 for timing in timings)
