"""The `.flowlab` file: a zip of document.json, arrays, weights, a preview and the play state."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from flowlab.core.bundle import Bundle
from flowlab.core.codec import from_plain, to_plain
from flowlab.core.document import Document
from flowlab.core.limits import Invalid
from flowlab.core.weights import Weights
from flowlab.files import atomic
from flowlab.files.container import (
    UNPACKED,
    Floats,
    Members,
    pack_zip,
    to_json,
    to_npy,
    unpack_json,
    unpack_npy,
    unpack_zip,
)
from flowlab.version import __version__

FORMAT = 1
SUFFIX = ".flowlab"
_PREVIEW = ("times", "points", "slopes", "source", "target")
_KEPT = "moments/"
MOMENTS = 32  # at most, in a file


@dataclass(frozen=True, eq=False, kw_only=True)
class Session:
    """What a `.flowlab` file holds."""

    document: Document
    weights: Weights | None = None
    preview: Bundle | None = None
    state: Mapping[str, Any] = field(default_factory=dict)  # t, playing, speed ...
    losses: Mapping[str, Floats] = field(default_factory=dict)  # step, mse, quadratic: (blocks,)
    moments: Sequence[Weights] = ()  # kept on the way to the weights, by ascending step


def save(
    path: str | Path,
    document: Document,
    weights: Weights | None = None,
    *,
    preview: Bundle | None = None,
    state: Mapping[str, Any] | None = None,
    losses: Mapping[str, Floats] | None = None,
    moments: Sequence[Weights] = (),
) -> None:
    """Write a session in one step, keeping the previous version as `path~`; raises `Invalid`."""
    content = pack(document, weights, preview=preview, state=state, losses=losses, moments=moments)
    atomic.write(Path(path), content, backup=True)


def load(path: str | Path) -> Session:
    """Read a session; raises `Invalid` with one sentence for anything that is not a good one."""
    path = Path(path)
    try:
        content = _read(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be opened: {atomic.reason(error)}.") from None
    try:
        return unpack(content)
    except Invalid as error:
        raise Invalid(f"{path.name} cannot be opened: {error}") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(UNPACKED + 1)  # a bound, so that a device cannot fill the memory
    if len(content) > UNPACKED:
        raise Invalid(f"{path} cannot be opened: it is larger than {UNPACKED / 1e9:g} GB.")
    return content


def pack(
    document: Document,
    weights: Weights | None = None,
    *,
    preview: Bundle | None = None,
    state: Mapping[str, Any] | None = None,
    losses: Mapping[str, Floats] | None = None,
    moments: Sequence[Weights] = (),
) -> bytes:
    """The session as the bytes of a file; equal sessions give equal bytes."""
    arrays: dict[str, Floats] = {}
    plain = to_plain(document, arrays)
    head = {"format": FORMAT, "made_by": f"FlowLab {__version__}", "document": plain}
    members = {"document.json": to_json(head)}
    members |= {f"arrays/{name}.npy": to_npy(value) for name, value in arrays.items()}
    if weights is not None:
        members["weights.safetensors"] = _pack_weights(weights, document)
    for kept in moments[-MOMENTS:]:
        members[f"{_KEPT}{kept.step:016d}.safetensors"] = _pack_weights(kept, document)
    members |= {f"losses/{name}.npy": to_npy(value) for name, value in (losses or {}).items()}
    if preview is not None:
        members |= _pack_preview(preview)
    if state:
        members["state.json"] = to_json(dict(state))
    return pack_zip(members)


def unpack(content: bytes) -> Session:
    """The session in the bytes of a file; raises `Invalid`."""
    members = unpack_zip(content)
    document = _unpack_document(members)
    return Session(
        document=document,
        weights=_unpack_weights(members.get("weights.safetensors"), document),
        losses=_unpack_losses(members),
        preview=_unpack_preview(members),
        state=_unpack_state(members),
        moments=_unpack_moments(members, document),
    )


# --- the document -------------------------------------------------------------------------------


def _unpack_document(members: Members) -> Document:
    if "document.json" not in members:
        raise Invalid("it holds no document, so it is not a FlowLab file.")
    head = unpack_json(members["document.json"], "document.json")
    version = head.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise Invalid("it does not say which format it has.")
    if version > FORMAT:
        maker = str(head.get("made_by", "a newer FlowLab"))[:60]
        raise Invalid(f"it was made by {maker}; update FlowLab to open it.")
    arrays = {
        name.removeprefix("arrays/").removesuffix(".npy"): unpack_npy(content, name)
        for name, content in members.items()
        if name.startswith("arrays/")
    }
    return from_plain(head.get("document"), arrays)


def _unpack_state(members: Members) -> dict[str, Any]:
    content = members.get("state.json")
    return {} if content is None else unpack_json(content, "state.json")


# --- weights ------------------------------------------------------------------------------------


def _pack_weights(weights: Weights, document: Document) -> bytes:
    meta = {
        "step": int(weights.step),
        "seconds": float(weights.seconds),
        "network": asdict(document.network),
    }
    arrays = {name: np.asarray(value, order="C") for name, value in weights.arrays.items()}
    # One entry: safetensors writes several in an order that changes from run to run.
    return save_tensors(arrays, metadata={"flowlab": json.dumps(meta, sort_keys=True)})


def _unpack_moments(members: Members, document: Document) -> tuple[Weights, ...]:
    names = sorted(name for name in members if name.startswith(_KEPT))[-MOMENTS:]
    found = [_unpack_weights(members[name], document) for name in names]
    kept = [weights for weights in found if weights is not None]
    if any(a.step >= b.step for a, b in pairwise(kept)):
        raise Invalid("its weights are damaged.")
    return tuple(kept)


def _unpack_weights(content: bytes | None, document: Document) -> Weights | None:
    if content is None:
        return None
    try:
        arrays = load_tensors(content)
        meta = _tensor_metadata(content)
        step, seconds = int(meta["step"]), float(meta["seconds"])
        network = dict(meta["network"])
    except (SafetensorError, ValueError, KeyError, TypeError, struct.error, RecursionError):
        raise Invalid("its weights are damaged.") from None
    own = asdict(document.network)
    if any(network.get(name, value) != value for name, value in own.items()):  # or not yet known
        raise Invalid("its weights belong to another network than its document describes.")
    if not 0 <= step < 2**53 or not 0 <= seconds < 1e12:
        raise Invalid("its weights are damaged.")
    if not all(
        value.dtype.kind in "fiub" and np.isfinite(value).all() for value in arrays.values()
    ):
        raise Invalid("its weights are not all finite numbers.")
    return Weights(step=step, seconds=seconds, arrays=arrays)


def _unpack_losses(members: Members) -> dict[str, Floats]:
    found = {
        name.removeprefix("losses/").removesuffix(".npy"): unpack_npy(content, name)
        for name, content in members.items()
        if name.startswith("losses/")
    }
    if any(value.ndim != 1 for value in found.values()):
        raise Invalid("its losses are damaged.")
    return found


def _tensor_metadata(content: bytes) -> dict[str, Any]:
    """What `_pack_weights` noted, which safetensors' numpy reader does not hand out."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    return dict(json.loads(header["__metadata__"]["flowlab"]))


# --- preview ------------------------------------------------------------------------------------


def _pack_preview(bundle: Bundle) -> Members:
    """The trajectory with half-precision positions (0.006 % of error) and full times."""
    members = {"preview/times.npy": to_npy(bundle.times.astype(np.float32))}
    for name in _PREVIEW[1:]:
        value = getattr(bundle, name)
        if value is not None:
            members[f"preview/{name}.npy"] = to_npy(np.clip(value, -6e4, 6e4).astype(np.float16))
    facts = {n: getattr(bundle, n) for n in ("method", "direction", "evaluations", "step")}
    return members | {"preview/facts.json": to_json(facts)}


def _unpack_preview(members: Members) -> Bundle | None:
    if "preview/facts.json" not in members:
        return None
    arrays: dict[str, Any] = {
        name: unpack_npy(members[f"preview/{name}.npy"], name).astype(np.float32)
        for name in _PREVIEW
        if f"preview/{name}.npy" in members
    }
    facts = unpack_json(members["preview/facts.json"], "preview/facts.json")
    try:
        facts = msgspec.convert(facts, _Facts).as_dict()
    except msgspec.ValidationError:
        raise Invalid("its preview is damaged.") from None
    if not _is_trajectory(arrays):
        raise Invalid("its preview is damaged.")
    return Bundle(**arrays, **facts)


class _Facts(msgspec.Struct, forbid_unknown_fields=True):
    method: str
    direction: str
    evaluations: int
    step: int

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


def _is_trajectory(arrays: dict[str, Floats]) -> bool:
    """Whether the arrays have the axes of a bundle, ascending times and finite values."""
    if not {"times", "points"} <= set(arrays):
        return False
    times, points = arrays["times"], arrays["points"]
    if times.ndim != 1 or points.ndim != 3 or points.shape[::2] != (len(times), 2):
        return False
    same = "slopes" not in arrays or arrays["slopes"].shape == points.shape
    clouds = [arrays[name] for name in ("source", "target") if name in arrays]
    flat = all(cloud.ndim == 2 and cloud.shape[1] == 2 for cloud in clouds)
    finite = all(bool(np.isfinite(value).all()) for value in arrays.values())
    ascending = len(times) > 0 and bool((np.diff(times) > 0).all())
    return same and flat and finite and ascending and points.shape[1] > 0
