"""Settings of the environment, made before torch is loaded or another process is started."""

from __future__ import annotations

import io
import os
import sys


def calm_threads() -> None:
    """Let torch's idle threads sleep: threads that spin slow everything on a busy machine.

    With one of two cores busy, a network's step on two threads took 100 times as long as on one.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def use_safe_path() -> None:
    """Stop every Python process started from here from importing modules of the current folder.

    Otherwise `python -c`, which multiprocessing starts, runs a `signal.py` that lies there.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # an empty value means "off": never keep one


def use_utf8() -> None:
    """Let every name be read and printed, also under `LC_ALL=C`, where Qt would complain.

    What a terminal's encoding lacks is printed as an escape.
    """
    if sys.platform == "linux" and os.environ.get("LC_ALL") in ("C", "POSIX"):
        os.environ["LC_ALL"] = "C.UTF-8"
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def safe_path_is_ignored() -> bool:
    """True if the processes started from here would ignore `use_safe_path`: after `python -E`."""
    return bool(sys.flags.ignore_environment and not sys.flags.safe_path)
