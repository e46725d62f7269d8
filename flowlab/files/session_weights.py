"""Weights as parts of a session: safetensors with metadata on their training and network."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from flowlab.core.array_types import Floats
from flowlab.core.document.classes import MOST as MOST_CLASSES
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.learning.weights import Weights
from flowlab.files.container import Parts
from flowlab.files.encoding import unpack_json
from flowlab.files.session_parts import read

_LONGEST_HEADER = 100_000  # bytes; that of the deepest network takes 6000
_OTHER_NUMBERS = 1000  # beside the layers: moments of the data, classes
_MOST_STEPS, _MOST_SECONDS = 2**53, 1e12
_LATER = ("standard.cross",)  # arrays that the first versions didn't have, nor their snapshots
_DAMAGED = "its weights are damaged."
_OTHER = "its weights belong to another network than its document describes."


def most_bytes(network: Network) -> int:
    """An upper bound on the size in bytes of a network's weights, in double precision."""
    inputs = 3 + 2 * (network.space_features + network.time_features) + MOST_CLASSES
    inner = (network.depth - 1) * (network.width + 1)
    numbers = (inputs + 1 + inner + 2) * network.width + 2 * network.space_features + _OTHER_NUMBERS
    return 8 * numbers + _LONGEST_HEADER


def stored_step(weights: Weights) -> int:
    """The step as it is written to a file, within the limit for reading."""
    return min(int(weights.step), _MOST_STEPS - 1)


def pack_weights(weights: Weights, document: Document) -> bytes:
    """The weights as safetensors, with step, seconds and network as metadata.

    Raises `Invalid` for more numbers than the document's network has.
    """
    meta = {
        "step": stored_step(weights),
        "seconds": min(float(weights.seconds), math.nextafter(_MOST_SECONDS, 0)),
        "network": asdict(document.network),
    }
    arrays = {name: np.asarray(value, order="C") for name, value in weights.arrays.items()}
    # One entry: safetensors writes several in an order that changes from run to run.
    content = save_tensors(arrays, metadata={"flowlab": json.dumps(meta, sort_keys=True)})
    if len(content) > most_bytes(document.network):
        raise Invalid("These weights belong to another network than the document describes.")
    return content


def read_weights(parts: Parts, name: str, document: Document) -> Weights:
    """The weights in a part; raises `Invalid` unless finite and of the document's network."""
    if parts.size(name) > most_bytes(document.network):
        raise Invalid(_OTHER)
    content = read(parts, name)
    meta = _note(content)
    step, seconds, network = (meta.get(name) for name in ("step", "seconds", "network"))
    if not _within(step, _MOST_STEPS) or not _within(seconds, _MOST_SECONDS):
        raise Invalid(_DAMAGED)
    if not isinstance(step, int) or not isinstance(network, dict):
        raise Invalid(_DAMAGED)
    expected = asdict(document.network)
    if any(
        network.get(name, value) != value for name, value in expected.items()
    ):  # or not yet known
        raise Invalid(_OTHER)
    return Weights(step=step, seconds=float(seconds or 0), arrays=_arrays(content))


def alike(weights: Weights | None, snapshots: Sequence[Weights]) -> list[Weights]:
    """The snapshots with the same arrays as the weights, or without weights as the last snapshot.

    Just after the data have changed, the window may still have snapshots of another network.
    """
    reference = weights or (snapshots[-1] if snapshots else None)
    if reference is None:
        return []
    layout = _layout(reference)
    return [snapshot for snapshot in snapshots if _layout(snapshot) == layout]


def check_alike(snapshots: Sequence[Weights]) -> None:
    """Raise `Invalid` unless the arrays of all have the same names and shapes."""
    kinds = [_layout(weights) for weights in snapshots]
    if any(kind != kinds[0] for kind in kinds):
        raise Invalid(_DAMAGED)


def _layout(weights: Weights) -> dict[str, tuple[int, ...]]:
    return {name: v.shape for name, v in weights.arrays.items() if name not in _LATER}


def _within(value: Any, most: float) -> bool:
    """True for a number from 0 to below `most`; False for NaN."""
    return isinstance(value, (int, float)) and 0 <= value < most


def _note(content: bytes) -> dict[str, Any]:
    """The metadata of `pack_weights`; the header's size is checked before it is decoded."""
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(_LONGEST_HEADER, len(content) - 8):
        raise Invalid(_DAMAGED)
    try:
        header = unpack_json(content[8 : 8 + length], "weights")
        return unpack_json(header["__metadata__"]["flowlab"].encode(), "weights")
    except (Invalid, AttributeError, KeyError, TypeError):
        raise Invalid(_DAMAGED) from None


def _arrays(content: bytes) -> Mapping[str, Floats]:
    try:
        arrays: dict[str, Floats] = load_tensors(content)
    except MemoryError:
        raise
    except Exception:  # SafetensorError, and what numpy raises for types that it does not have
        raise Invalid(_DAMAGED) from None
    if not all(v.dtype.kind in "fiub" and np.isfinite(v).all() for v in arrays.values()):
        raise Invalid("its weights are not all finite numbers.")
    if "classes" in arrays and not _are_classes(arrays["classes"]):
        raise Invalid(_DAMAGED)
    return arrays


def _are_classes(values: Floats) -> bool:
    """True for the classes of a conditional network: a few whole numbers, ascending."""
    few = values.ndim == 1 and 0 < len(values) <= MOST_CLASSES and values.dtype.kind in "iu"
    return few and bool(values[0] >= 0 and (np.diff(values.astype(np.int64)) > 0).all())
