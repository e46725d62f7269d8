"""The `.flowlab` file: a zip of document.json, arrays, weights, a preview and the play state.

Only known parts are read, each within the limit of its kind; `pack` applies the same limits.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.weights import Weights
from flowlab.core.views.bundle import Bundle
from flowlab.files import atomic
from flowlab.files.container import Members, Parts, opened_zip, pack_zip
from flowlab.files.encoding import to_json, to_npy, unpack_json, unpack_npy
from flowlab.files.reading import Progress, one_line, open_file, refusing, relayed, silent, size_of
from flowlab.files.session_document import pack_document, unpack_document
from flowlab.files.session_parts import (
    LOSSES,
    MOST_FILE,
    STATE,
    THUMBNAIL,
    WEIGHTS,
    check_readable,
    loss_part,
    most_of,
    read,
    snapshot_part,
    snapshots_among,
)
from flowlab.files.session_preview import pack_preview, unpack_preview
from flowlab.files.session_records import (
    checked_losses,
    known_state,
    known_thumbnail,
    thinned_losses,
)
from flowlab.files.session_weights import (
    alike,
    check_alike,
    pack_weights,
    read_weights,
    stored_step,
)

SUFFIX = ".flowlab"
SNAPSHOTS = 32  # at most, in a file
_MOST_SNAPSHOT_BYTES = 256_000_000  # bytes of snapshots that are written, the newest first


@dataclass(frozen=True, eq=False, kw_only=True)
class Session:
    """The content of a `.flowlab` file."""

    document: Document
    weights: Weights | None = None
    preview: Bundle | None = None  # of processes side by side, with their panes
    state: Mapping[str, Any] = field(default_factory=dict)  # t, playing; name, path, saved
    losses: Mapping[str, Floats] = field(default_factory=dict)  # step, mse, quadratic: (blocks,)
    snapshots: Sequence[Weights] = ()  # weights of earlier steps, ascending
    thumbnail: bytes = b""  # a PNG
    remarks: tuple[str, ...] = ()  # sentences for whoever opens the file


def save(
    path: str | Path,
    document: Document,
    weights: Weights | None = None,
    *,
    preview: Bundle | None = None,
    state: Mapping[str, Any] | None = None,
    losses: Mapping[str, Floats] | None = None,
    snapshots: Sequence[Weights] = (),
    thumbnail: bytes = b"",
) -> None:
    """Write a session in one step, keeping the previous version as `path~`; raises `Invalid`."""
    content = pack(
        document,
        weights,
        preview=preview,
        state=state,
        losses=losses,
        snapshots=snapshots,
        thumbnail=thumbnail,
    )
    atomic.write(Path(path), content, backup=True)


def load(path: str | Path, progress: Progress = silent) -> Session:
    """Read a session; raises `Invalid` with one sentence for any other or damaged file.

    `progress` is called with the share that is read; whatever it raises ends the reading.
    """
    path = Path(path)
    subject = one_line(f"{path} cannot be opened")
    with relayed(progress) as tell, refusing(subject), open_file(path) as file, _about(path.name):
        if size_of(file) > MOST_FILE:
            raise Invalid(f"it is larger than {MOST_FILE / 2**20:.0f} MB.")
        return _read(file, tell)


def unpack(content: bytes) -> Session:
    """The session in the bytes of a file; raises `Invalid`."""
    with refusing("The session cannot be opened"), _about(""):
        return _read(io.BytesIO(content), silent)


@contextlib.contextmanager
def _about(name: str) -> Iterator[None]:
    """Prefix errors with the file's name, and shorten them to one line."""
    try:
        yield
    except Invalid as error:
        subject = f"{name} cannot be opened: " if name else ""
        raise Invalid(one_line(f"{subject}{error}")) from None


def pack(
    document: Document,
    weights: Weights | None = None,
    *,
    preview: Bundle | None = None,
    state: Mapping[str, Any] | None = None,
    losses: Mapping[str, Floats] | None = None,
    snapshots: Sequence[Weights] = (),
    thumbnail: bytes = b"",
) -> bytes:
    """The session as the bytes of a file; equal sessions give equal bytes.

    Raises `Invalid` for a session that could not be read again.
    """
    members = pack_document(document)
    if weights is not None:
        members[WEIGHTS] = pack_weights(weights, document)
    members |= _pack_snapshots(alike(weights, snapshots)[-SNAPSHOTS:], document)
    curves = thinned_losses(losses or {})
    members |= {loss_part(name): to_npy(value) for name, value in curves.items()}
    if preview is not None:
        members |= pack_preview(preview)
    if known := known_state(state or {}):
        members[STATE] = to_json(known)
    if picture := known_thumbnail(thumbnail, most_of(THUMBNAIL)):
        members[THUMBNAIL] = picture
    return _zipped(members)


def _zipped(members: Members) -> bytes:
    check_readable(members)
    content = pack_zip(members, stored=(THUMBNAIL,))
    if len(content) > MOST_FILE:
        raise Invalid(f"This is too much to save: more than {MOST_FILE / 2**20:.0f} MB.")
    return content


def _pack_snapshots(snapshots: Sequence[Weights], document: Document) -> Members:
    """The newest snapshots that fit, by ascending step."""
    packed: Members = {}
    left = _MOST_SNAPSHOT_BYTES
    for weights in reversed(snapshots):
        content = pack_weights(weights, document)
        left -= len(content)
        if left < 0:
            break
        name = snapshot_part(stored_step(weights))
        packed.setdefault(name, content)  # of several at the largest step, the newest
    return dict(reversed(packed.items()))


def _read(file: BinaryIO, tell: Progress) -> Session:
    tell(0.0)
    with opened_zip(file, tell) as parts:
        parts.expect(_wanted(parts))
        document, remarks = unpack_document(parts)
        weights, snapshots = _unpack_training(parts, document)
        session = Session(
            document=document,
            weights=weights,
            losses=_unpack_losses(parts),
            preview=unpack_preview(parts),
            state=_unpack_state(parts),
            snapshots=snapshots,
            thumbnail=_unpack_thumbnail(parts),
            remarks=remarks,
        )
    tell(1.0)
    return session


def _wanted(parts: Parts) -> list[str]:
    """The names of the parts that will be read."""
    snapshots = snapshots_among(parts.names, len(parts.names))
    unread = set(snapshots) - set(snapshots[-SNAPSHOTS:])
    return [name for name in parts.names if most_of(name) and name not in unread]


def _unpack_training(
    parts: Parts, document: Document
) -> tuple[Weights | None, tuple[Weights, ...]]:
    """The weights and the snapshots; raises `Invalid` if they are of different networks."""
    weights = read_weights(parts, WEIGHTS, document) if WEIGHTS in parts.names else None
    snapshots = _unpack_snapshots(parts, document)
    check_alike([*snapshots] if weights is None else [weights, *snapshots])
    return weights, snapshots


def _unpack_snapshots(parts: Parts, document: Document) -> tuple[Weights, ...]:
    names = snapshots_among(parts.names, SNAPSHOTS)
    snapshots = tuple(read_weights(parts, name, document) for name in names)
    if any(a.step >= b.step for a, b in pairwise(snapshots)):
        raise Invalid("its weights are damaged.")
    return snapshots


def _unpack_losses(parts: Parts) -> dict[str, Floats]:
    all_names = (*LOSSES, "since")
    names = {name: loss_part(name) for name in all_names if loss_part(name) in parts.names}
    losses = {name: unpack_npy(read(parts, part), part) for name, part in names.items()}
    return checked_losses(losses)


def _unpack_state(parts: Parts) -> dict[str, Any]:
    if STATE not in parts.names:
        return {}
    content = read(parts, STATE)
    try:
        return known_state(unpack_json(content, STATE))
    except Invalid:  # a damaged play state is no reason to refuse the rest
        return {}


def _unpack_thumbnail(parts: Parts) -> bytes:
    content = read(parts, THUMBNAIL) if THUMBNAIL in parts.names else b""
    return known_thumbnail(content, most_of(THUMBNAIL))
