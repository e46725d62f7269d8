"""What lies in a checkpoint, by headers and keys alone: nothing is run, no tensor is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats import folders
from flowlab.images.formats.foreign import check_start, refuse
from flowlab.images.formats.records import Contents, TensorInfo
from flowlab.images.formats.safetensors_header import read_header
from flowlab.images.formats.torch_file import CUT, read_old, read_zip
from flowlab.images.formats.weight_sets import Found, find_weights

__all__ = ["Contents", "TensorInfo", "read_contents"]

_START, _MOST_LEFT = 512, 12
_ZIP, _PICKLES = b"PK\x03\x04", (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def read_contents(path: Path) -> Contents:
    """What lies in a file or folder of weights, from its headers and keys.

    Takes some tens of milliseconds for hundreds of megabytes. Raises `Invalid`, in one sentence
    that begins with the file's name, for all that can't be opened.
    """
    path = Path(path)
    if "\0" in str(path):
        raise Invalid("There can be no file of that name.")
    try:
        return _folder(path) if path.is_dir() else _file(path)
    except OSError as error:
        refuse(path, f"it can't be read ({error.strerror or 'no ordinary file'}).")
    except MemoryError:
        refuse(path, "it needs more memory than there is.")


def _folder(path: Path) -> Contents:
    files = folders.weight_files(path)
    found = {part: _file(file) for part, file in files.items()}
    groups = {_joined(part, key): tensors for part, contents in found.items()
              for key, tensors in contents.groups.items()}  # fmt: skip
    places = {_joined(part, key): files[part] for part in found for key in found[part].groups}
    first = next(iter(found))
    read = {*files, *folders.SETTINGS, *(file.name for file in files.values())}
    others = sorted(p.name for p in path.iterdir() if p.name not in read)
    return Contents(
        path=path,
        layout="folder",
        groups=groups,
        files=places,
        config=folders.config_of(path, first) or found[first].config,
        scheduler=folders.scheduler_of(path),
        facts=found[first].facts,
        left=tuple(others[:_MOST_LEFT]),
    )


def _joined(part: str, key: str) -> str:
    return f"{part}/{key}" if part and key else part or key


def _file(path: Path) -> Contents:
    if not path.exists():
        refuse(path, "there is no such file.")
    if not path.is_file():  # to open a pipe would wait for somebody to write
        refuse(path, "it is no ordinary file.")
    with path.open("rb") as file:
        start = file.read(_START)
    check_start(path, start)
    read = _reader(path, start)
    try:
        contents = read(path)
    except Invalid as error:
        refuse(path, str(error))
    config, scheduler, facts = folders.beside(path)
    return replace(
        contents,
        config=contents.config or config,
        scheduler=scheduler,
        facts={**facts, **contents.facts},
    )


def _reader(path: Path, start: bytes) -> Callable[[Path], Contents]:
    """How a file is read: by its first bytes, whatever its name ends in."""
    if start.startswith(_ZIP):
        return _zip
    if start[8:9] == b"{" and start[4:8] == bytes(4):  # the length of a header may look like 80 02
        return _safetensors
    if start.startswith(_PICKLES):
        return _old
    if path.suffix in (".safetensors", ".safetensor"):
        return _safetensors
    if path.suffix == ".flowlab":
        refuse(path, "it is a session of FlowLab; open it in the window.")
    if len(start) < 16 and _ZIP.startswith(start[:4]):
        refuse(path, CUT)
    refuse(path, "it is no checkpoint of PyTorch, and no safetensors file.")


def _zip(path: Path) -> Contents:
    if path.suffix == ".flowlab":
        raise Invalid("it is a session of FlowLab; open it in the window.")
    if path.suffix == ".npz":
        raise Invalid("it is a file of NumPy's arrays, not a checkpoint.")
    return _contents(path, "zip", find_weights(read_zip(path)))


def _old(path: Path) -> Contents:
    return _contents(path, "old pickle", find_weights(read_old(path)))


def _contents(path: Path, layout: str, found: Found) -> Contents:
    groups = {
        key: {name: TensorInfo(tuple(leaf.shape), leaf.dtype) for name, leaf in tensors.items()}
        for key, tensors in found.groups.items()
    }
    left = tuple(dict.fromkeys(found.left))[:_MOST_LEFT]
    files = dict.fromkeys(groups, path)
    return Contents(path, layout, groups, facts=found.facts, left=left, files=files)


def _safetensors(path: Path) -> Contents:
    tensors, metadata = read_header(path)
    if not tensors:
        raise Invalid("it holds no weights of a network.")
    config = _settings(metadata)
    facts: dict[str, Any] = {
        k: v[:200] for k, v in metadata.items() if k not in ("config", "flowlab_card")
    }
    return Contents(path, "safetensors", {"": tensors}, config, facts=facts, files={"": path})


def _settings(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The settings in the metadata of a safetensors file; FlowLab's own has a whole card there."""
    found: dict[str, Any] = {}
    for name in ("config", "flowlab_card"):
        try:
            content = json.loads(metadata.get(name, "{}"))
        except (ValueError, RecursionError):
            content = {}
        if isinstance(content, dict) and content:
            found |= content if name == "config" else {name: content}
    return found
