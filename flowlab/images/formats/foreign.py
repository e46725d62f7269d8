"""What a file is that holds no weights which can be opened, in a sentence for whoever has it."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from flowlab.core.document.limits import Invalid

_LFS = b"version https://git-lfs.github.com/spec"
_STARTS = {
    _LFS: "it is a Git LFS pointer, not the weights; get the file with `git lfs pull`, or by the "
    "site's download button.",
    b"\x89HDF": "it is an HDF5 file, as Keras writes; FlowLab opens PyTorch's and safetensors.",
    b"GGUF": "it is a GGUF file, of language models; FlowLab opens PyTorch's and safetensors.",
    b"\x93NUMPY": "it is an array of NumPy's, not a checkpoint.",
    b"\x89PNG": "it is a picture, not a checkpoint.",
    b"\xff\xd8\xff": "it is a picture, not a checkpoint.",
    b"\x1f\x8b": "it is compressed; unpack it first and open what is in it.",
    b"7z\xbc\xaf": "it is compressed; unpack it first and open what is in it.",
    b"Rar!": "it is compressed; unpack it first and open what is in it.",
    b"{": "it is a text file of settings; open the weights beside it, or the whole folder.",
}
_JAX = (
    "manifest.ocdbt",
    "_CHECKPOINT_METADATA",
    "_METADATA",
    "flax_model.msgpack",
    "ocdbt.process_0",
)
_TAR = 257  # where the name of the format stands in a tar file


def refuse(path: Path, words: str) -> NoReturn:
    """Raise `Invalid` with a sentence that begins with the file's name."""
    raise Invalid(f"{path.name}: {words}")


def check_start(path: Path, start: bytes) -> None:
    """Raise `Invalid` for a file whose first bytes say that it is something else."""
    if not start:
        refuse(path, "it is empty; copy or download it again.")
    for magic, words in _STARTS.items():
        if start.startswith(magic):
            refuse(path, words)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        refuse(
            path, "it is a web page, not the weights; download the file itself, with its own link."
        )
    if start[_TAR : _TAR + 5] == b"ustar":
        refuse(path, "it is a tar archive; unpack it first and open what is in it.")


def check_no_jax(path: Path) -> None:
    """Raise `Invalid` for a folder that JAX wrote."""
    if any((path / name).exists() for name in _JAX):
        refuse(path, "it is a checkpoint of JAX (Orbax or Flax); FlowLab opens PyTorch's alone.")
