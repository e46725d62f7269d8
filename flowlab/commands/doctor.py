"""`flowlab doctor`: what FlowLab finds on this machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
from typing import Any

import flowlab
from flowlab.commands.console import say, say_json
from flowlab.core.document.gallery import preset_names
from flowlab.files.bundled_presets import bundled_path
from flowlab.resources import asset

_PACKAGES = ("torch", "numpy", "scipy", "PySide6-Essentials", "pyqtgraph", "pillow", "safetensors")


def command(args: argparse.Namespace) -> None:
    """Print which versions, devices, fonts, libraries and tools there are and which are missing."""
    facts = facts_found()
    if args.json:
        say_json(facts)
        return
    for name, value in facts.items():
        say(f"{name.replace('_', ' '):16s} {_words(value)}")
    if facts["missing_libraries"]:
        say(f"Install them with: apt-get install {' '.join(facts['missing_libraries'])}")


def facts_found() -> dict[str, Any]:
    """Everything that `doctor` reports."""
    import torch

    from flowlab.app import missing_libraries
    from flowlab.core.learning.devices import pick_device

    return {
        "flowlab": flowlab.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name.lower(): _version(name) for name in _PACKAGES},
        "device": pick_device("auto"),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        **_calibration(),
        "fonts": sorted(path.name for path in asset("fonts").glob("*.[ot]tf")),
        "presets": sum(_is_here(name) for name in preset_names()),
        "ffmpeg": _ffmpeg(),
        "display": os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "",
        "missing_libraries": missing_libraries(),
    }


def _is_here(preset: str) -> bool:
    """True if the file that holds a preset's weights came with the program."""
    return bundled_path(preset).is_file()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _calibration() -> dict[str, Any]:
    """The machine's calibration and the devices chosen by it; measured now if not cached."""
    from flowlab.core.document.recipes import RECIPES
    from flowlab.files.calibrations import cache_file, calibrated

    calibration = calibrated()
    places = {
        name: calibration.for_training(network, training.batch, spare=1)
        for name, (network, training) in RECIPES.items()
    }
    return {
        "training_on": [f"{name}: {_place(place)}" for name, place in places.items()],
        "sampling_on": _place(calibration.for_sampling()),
        "step_times": [
            f"width {t.width} x batch {t.batch}, {_place(t.place)}: {t.seconds * 1e3:.3g} ms"
            for t in calibration.training
        ],
        "sampling_times": [
            f"{t.batch:,} particles, {_place(t.place)}: {t.seconds * 1e3:.3g} ms"
            for t in calibration.sampling
        ],
        "calibration": str(cache_file()),
    }


def _place(place: Any) -> str:
    from flowlab.core.learning.devices import device_label

    return device_label(place.device, place.threads)


def _ffmpeg() -> str:
    """The first line of its version, or why it cannot be run."""
    try:
        import imageio_ffmpeg

        path = imageio_ffmpeg.get_ffmpeg_exe()
        done = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=20)
    except (ImportError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"missing ({error})".splitlines()[0]
    return (done.stdout.splitlines() or ["missing"])[0].split(" Copyright")[0]


def _words(value: Any) -> str:
    if isinstance(value, list):
        separator = ", " if sum(map(len, value)) < 80 else "\n" + " " * 17
        return separator.join(value) or "none"
    return str(value) or "none"
