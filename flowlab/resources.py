"""Where an asset lies, in a checkout or installed."""

from __future__ import annotations

from pathlib import Path


def asset(name: str) -> Path:
    """Path of the bundled file or folder `name`, relative to the assets folder."""
    package = Path(__file__).resolve().parent
    installed = package / "assets"
    folder = installed if installed.is_dir() else package.parent / "assets"
    return folder / name
