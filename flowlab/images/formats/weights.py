"""Reads the weights that a card names, by `torch.load(weights_only=True)` or safetensors alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.serialization import safe_globals

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.foreign import refuse
from flowlab.images.formats.harmless import STUBBED
from flowlab.images.formats.inert import DAMAGED, Holder
from flowlab.images.formats.records import Card, Contents
from flowlab.images.formats.sets import names_of
from flowlab.images.formats.weight_sets import find_weights

MOST_BYTES = 8 << 30  # of one set of weights


def read_weights(contents: Contents, card: Card) -> dict[str, Tensor]:
    """The weights that the card names, under the names that today's network has, on the CPU.

    They lie in the file, which must stay until they are used, except what another type or shape
    needs: half precision becomes float32. Raises `Invalid` where the file has changed since its
    contents were read, where numbers aren't finite, and for what `read_contents` refuses.
    """
    path = contents.files.get(card.group, contents.path)
    try:
        groups = _groups(contents, path, card.group)
        named = names_of(groups[card.group], groups, card.group)
        return {name: _fitting(name, tensor) for name, tensor in named.items()}
    except MemoryError:
        refuse(path, "it needs more memory than there is.")
    except Invalid as error:
        refuse(path, str(error))
    except Exception:  # torch and safetensors raise errors of a dozen types for damaged files
        refuse(path, DAMAGED)


def read_betas(contents: Contents, card: Card) -> Tensor | None:
    """The noise schedule (T,) that lies beside the weights; None where there is none.

    Raises `Invalid` as `read_weights` does.
    """
    path = contents.files[card.group]
    held = any(n.split(".")[-1] == "betas" for g in contents.groups.values() for n in g)
    if not held:
        return None
    groups = _groups(contents, path, card.group)
    found = [t for g in groups.values() for n, t in g.items() if n.split(".")[-1] == "betas"]
    return found[0].double()


def _groups(contents: Contents, path: Path, group: str) -> dict[str, dict[str, Tensor]]:
    """All sets of the file, read where they lie; raises `Invalid` unless they are the expected."""
    _check_size(contents, group)
    part = next((p for p in ("unet_ema", "unet", "model") if contents.layout == "folder"
                 and (group == p or group.startswith(f"{p}/"))), "")  # fmt: skip
    read = _safetensors(path) if path.suffix.startswith(".safetensor") else _torch(path)
    named = {_joined(part, key): tensors for key, tensors in read.items()}
    for key, tensors in named.items():
        expected = {name: info.shape for name, info in contents.groups.get(key, {}).items()}
        if {name: tuple(t.shape) for name, t in tensors.items()} != expected:
            raise Invalid("it has changed since it was looked at; open it again.")
    return named


def _joined(part: str, key: str) -> str:
    return f"{part}/{key}" if part and key else part or key


def _check_size(contents: Contents, group: str) -> None:
    """Raise `Invalid` before anything is read, for weights that need too much memory."""
    size = 4 * sum(tensor.numel for tensor in contents.groups[group].values())
    if size > MOST_BYTES:
        raise Invalid(f"its weights need {size / 1e9:.0f} GB of memory, more than is opened.")


def _safetensors(path: Path) -> dict[str, dict[str, Tensor]]:
    with safe_open(path, framework="pt", device="cpu") as file:
        return {"": {name: file.get_tensor(name) for name in file.keys()}}  # noqa: SIM118


def _torch(path: Path) -> dict[str, dict[str, Tensor]]:
    """The sets in a file of torch, whose harmless names are given classes that do nothing."""
    with safe_globals([(stub, name) for name, stub in _STUBS.items()]):
        try:
            top = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError:  # an old file, which can't be mapped
            top = torch.load(path, map_location="cpu", weights_only=True)
    return find_weights(top).groups


def _stub(name: str) -> type[Holder]:
    return type("Holder", (Holder,), {"name": name})


_STUBS: Mapping[str, type[Holder]] = {name: _stub(name) for name in sorted(STUBBED)}


def _fitting(name: str, tensor: Any) -> Tensor:
    """A tensor as today's network takes it: float32, and full layers where those were 1 x 1."""
    if tensor.is_floating_point():
        tensor = tensor.float()
        if not bool(torch.isfinite(tensor.sum())):  # a sum needs no memory
            raise Invalid(f"its weights are not all finite numbers ({name}).")
    attends = ".to_" in name and ".attentions." in name
    if attends and tensor.dim() == 4 and tuple(tensor.shape[2:]) == (1, 1):
        tensor = tensor[:, :, 0, 0]
    return tensor.contiguous().detach()  # type: ignore[no-any-return]
