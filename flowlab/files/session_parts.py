"""The parts of a session: their names and their largest sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flowlab.core.document.limits import Invalid
from flowlab.files.container import MOST_READ, Members, Parts

DOCUMENT, STATE, THUMBNAIL = "document.json", "state.json", "thumbnail.png"
WEIGHTS, FACTS = "weights.safetensors", "preview/facts.json"
LOSSES = ("step", "mse", "quadratic")
PREVIEW = ("times", "points", "slopes", "source", "target")

MOST_FILE = 512 * 2**20  # bytes of the whole file
_LIMITS = {  # bytes of a part, by its name
    r"document\.json": 64_000_000,  # two drawings of 100,000 strokes take 48 at most
    r"state\.json|preview/facts\.json": 1_000_000,
    r"thumbnail\.png": 4_000_000,
    r"arrays/.+\.npy": 64_000_000,  # two million points in double precision take 32
    r"(weights|moments/\d+)\.safetensors": 64_000_000,  # the largest network takes 40
    r"losses/(step|mse|quadratic|since)\.npy": 8_000_000,
    r"preview/(points|slopes)\.npy": 33_000_000,  # two million places in double precision
    r"preview/pane_(ode|churn|naive)\.npy": 33_000_000,
    r"preview/(source|target)\.npy": 400_000,  # 20,000 places
    r"preview/times\.npy": 10_000,  # 1100 times
}
_SNAPSHOT = re.compile(r"moments/\d+\.safetensors")


def array_part(digest: str) -> str:
    """The part that an array of the document is in."""
    return f"arrays/{digest}.npy"


def loss_part(name: str) -> str:
    """The part that a curve of the losses is in."""
    return f"losses/{name}.npy"


def preview_part(name: str) -> str:
    """The part that an array of the preview is in."""
    return f"preview/{name}.npy"


def pane_part(kind: str) -> str:
    """The part that the paths of one process beside the preview's are in."""
    return preview_part(f"pane_{kind}")


def snapshot_part(step: int) -> str:
    """The part with the weights of an earlier step; names are in the order of steps."""
    return f"moments/{step:016d}.safetensors"


def snapshots_among(names: Iterable[str], most: int) -> list[str]:
    """The last parts, at most `most`, that hold weights of earlier steps."""
    return sorted(name for name in names if _SNAPSHOT.fullmatch(name))[-most:]


def most_of(name: str) -> int:
    """The most bytes that a part may have; 0 for an unknown name."""
    return next((most for form, most in _LIMITS.items() if re.fullmatch(form, name)), 0)


def read(parts: Parts, name: str) -> bytes:
    """The content of a known part, within its limit; raises `Invalid`."""
    return parts.read(name, most_of(name))


def check_readable(members: Members) -> None:
    """Raise `Invalid` for parts that are too large to be read again."""
    for name, content in members.items():
        if len(content) > most_of(name):
            raise Invalid(
                f"This is too much to save: {name} would be larger than "
                f"{most_of(name) / 1e6:g} MB, and could not be opened again."
            )
    if sum(map(len, members.values())) > MOST_READ:
        raise Invalid(f"This is too much to save: more than {MOST_READ / 1e6:.0f} MB.")
