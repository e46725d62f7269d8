"""Values that stand for what a pickle names: they hold what they are given and do nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowlab.core.document.limits import Invalid

DAMAGED = "it is damaged, or no checkpoint of torch; copy or download it again."
_MOST = 1 << 48  # elements of a storage: far more than a disk holds
_MOST_SIDES = 16
_MOST_ARGUMENTS = 64  # of one call: what is copied at every call must be short
_STORAGES = {
    "Float": "float32",
    "Double": "float64",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
}
STORAGES = {f"torch.{name}Storage": dtype for name, dtype in _STORAGES.items()}
BYTES = {
    "float32": 4,
    "float64": 8,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}
_NUMBERS = {"f8": "<d", "f4": "<f", "f2": "<e", "i8": "<q", "i4": "<i", "b1": "<?"}


class Holder:
    """Stands for an object of a class that is not imported: keeps its state, and has no code."""

    name = ""

    def __init__(self, *args: Any, **_options: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        """Entries of a dictionary's subclass are dropped."""

    def append(self, value: Any) -> None:
        """Items of a list's subclass are dropped."""

    def extend(self, values: Any) -> None:
        """Items of a list's subclass are dropped."""


@dataclass(frozen=True)
class Global:
    """A name in a pickle, never looked up."""

    name: str


@dataclass(frozen=True)
class Storage:
    """Numbers somewhere else in the file, by their key."""

    dtype: str
    key: str
    numel: int


@dataclass(frozen=True)
class StoredTensor:
    """A tensor that is described but not read."""

    shape: tuple[int, ...]
    dtype: str
    storage: Storage


def storage_of(saved: Any) -> Any:
    """What a persistent id of torch stands for; raises `Invalid` for any other."""
    if isinstance(saved, tuple) and saved[:1] == ("module",):
        raise Invalid(
            "it is a whole module in the form of torch before 1.6, which can't be read safely; "
            "save its state_dict() alone."
        )
    if not (isinstance(saved, tuple) and len(saved) in (5, 6) and saved[0] == "storage"):
        raise Invalid(DAMAGED)
    kind, key, numel = saved[1], saved[2], saved[4]
    dtype = STORAGES.get(kind.name) if isinstance(kind, Global) else None
    if dtype is None or not isinstance(key, str) or not _whole(numel):
        raise Invalid(DAMAGED)
    return Storage(dtype, key, numel)


def _whole(*values: Any) -> bool:
    return all(type(value) is int and 0 <= value <= _MOST for value in values)


def _tensor(storage: Any, offset: Any, shape: Any, stride: Any, *_more: Any) -> StoredTensor:
    """A tensor within its storage; one that claims more elements than lie there is refused."""
    right = isinstance(storage, Storage) and isinstance(shape, tuple) and isinstance(stride, tuple)
    if not right or len(shape) != len(stride) or len(shape) > _MOST_SIDES:
        raise Invalid(DAMAGED)
    if not _whole(offset, *shape, *stride):
        raise Invalid(DAMAGED)
    count, last = 1, offset
    for side, step in zip(shape, stride, strict=True):
        count, last = count * side, last + max(0, side - 1) * step
    if count and (last >= storage.numel or count > storage.numel):
        raise Invalid("a tensor in it claims to be larger than what is stored.")
    return StoredTensor(shape, storage.dtype, storage)


def _parameter(data: Any, *_more: Any) -> Any:
    return data


def _ordered(*pairs: Any) -> dict[Any, Any]:
    """An empty dictionary: torch writes the entries after it."""
    if pairs:
        raise Invalid(DAMAGED)
    return {}


def _size(sides: Any = (), *_more: Any) -> tuple[Any, ...]:
    few = isinstance(sides, (list, tuple)) and len(sides) <= _MOST_SIDES
    return tuple(sides) if few else ()


def _items(values: Any = (), *_more: Any) -> Any:
    return values  # itself: copies of one long list, made a million times, would fill the memory


def _encoded(text: Any = "", *_more: Any) -> bytes:
    few = isinstance(text, str) and len(text) <= _MOST_SIDES
    return text.encode("latin-1", "replace") if few else b""


def _number(kind: Any = None, content: Any = b"", *_more: Any) -> Any:
    """A scalar of numpy's, where its type is one of the plain ones."""
    code = kind.args[0] if isinstance(kind, Holder) and kind.args else None
    layout = _NUMBERS.get(code) if isinstance(code, str) else None
    if layout is None or not isinstance(content, bytes) or len(content) != struct.calcsize(layout):
        return Holder()
    return struct.unpack(layout, content)[0]


def key_of(key: Any) -> Any:
    """A key of a dictionary: plain, or else something that equals nothing (hashes may be slow)."""
    return key if key is None or isinstance(key, (str, int, float, bytes)) else Holder()


BUILDERS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.Size": _size,
    "builtins.set": _items,
    "builtins.frozenset": _items,
    "builtins.bytearray": _encoded,
    "__builtin__.set": _items,
    "_codecs.encode": _encoded,
    "numpy.core.multiarray.scalar": _number,
    "numpy._core.multiarray.scalar": _number,
}


def made(function: Any, args: Any) -> Any:
    """What a call in a pickle comes to: a description. Nothing is called but what stands here."""
    right = (
        isinstance(function, Global) and isinstance(args, tuple) and len(args) <= _MOST_ARGUMENTS
    )
    if not right:
        raise Invalid(DAMAGED)
    try:
        return BUILDERS.get(function.name, Holder)(*args)
    except TypeError:  # too few arguments
        raise Invalid(DAMAGED) from None
