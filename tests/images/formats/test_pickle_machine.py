"""Pickles that would run code or fill the memory: each is refused, and nothing is run."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.harmless import HOLDERS, check_name
from flowlab.images.formats.inert import Holder
from flowlab.images.formats.pickle_machine import read_pickle
from flowlab.images.formats.weights import read_weights
from tests.helpers import checkpoints as made
from tests.helpers.files import within
from tests.helpers.hostile import refused, tensor_pickle, zipped

SMALL = made.points_net(width=4)


class _Runs:
    """Pickled as a call that leaves a file behind."""

    def __init__(self, canary: Path, how: str):
        self.canary, self.how = canary, how

    def __reduce__(self) -> tuple[Any, ...]:
        if self.how == "system":
            return os.system, (f"touch {self.canary}",)
        code = f"open({str(self.canary)!r}, 'w').close()"
        return exec, (code,)


@pytest.mark.parametrize("how", ["system", "exec"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_calls_is_refused_by_name(tmp_path: Path, how: str, protocol: int) -> None:
    canary = tmp_path / "ran"
    content = pickle.dumps({"step": 3, "x": _Runs(canary, how)}, protocol)
    name = {"system": "(posix|nt).system"}.get(how, f"(builtins|__builtin__).{how}")
    refused(zipped(tmp_path / "a.pt", content), f"it names '{name}'")
    magic = [pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, {})]
    (tmp_path / "b.pt").write_bytes(b"".join(magic) + content)
    refused(tmp_path / "b.pt", f"it names '{name}'")
    (tmp_path / "c.pkl").write_bytes(content)
    refused(
        tmp_path / "c.pkl", f"it names '{name}'" if protocol > 1 else "no checkpoint of PyTorch"
    )
    assert not canary.exists()
    pickle.loads(content)
    assert canary.exists()  # it would have run


@pytest.mark.parametrize(
    "content",
    [
        b"(S'touch x'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'touch x'\no.",  # OBJ
        b"cbuiltins\ngetattr\n(cos\npath\nS'x'\ntR.",
        b"ctorch\nload\n(S'x'\ntR.",
        b"\x80\x02\x82\x01.",  # an extension of copyreg
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
        b"cargparse\nNamespace\n(tR}S'__class__'\ncos\nsystem\nsb.",
        b"cnumpy\nload\n)R.",
        b"c__main__\nSimpleUnet.forward\n)R.",
    ],
)
def test_opcodes_by_hand_are_refused(tmp_path: Path, content: bytes) -> None:
    refused(zipped(tmp_path / "a.pt", content), "(it names|in a way that torch does not use)")


def test_a_file_that_turns_bad_after_it_was_looked_at_runs_nothing(tmp_path: Path) -> None:
    path, canary = tmp_path / "a.pt", tmp_path / "ran"
    torch.save(SMALL, path)
    contents = read_contents(path)
    card = recognise(contents)
    zipped(path, pickle.dumps({"step": 3, "x": _Runs(canary, "system")}, 2))
    with pytest.raises(Invalid, match=r"^a\.pt: .*\.$"):
        read_weights(contents, card)
    assert not canary.exists()


def test_only_short_listed_names_are_let_through_and_stay_inert() -> None:
    for name in ("posix.system", "builtins.getattr", "torch.load", "torch.hub.load", "numpy.load"):
        with pytest.raises(Invalid, match=name):
            check_name(name)
    roots = {name.split(".")[0] for name in HOLDERS} & sys.stdlib_module_names
    assert roots == {"argparse", "builtins", "collections", "pathlib", "types", "typing"}
    made_of = read_pickle(io.BytesIO(b"cpathlib\nPosixPath\n(S'/etc'\ntR}S'a'\nI1\nsb."))
    assert type(made_of) is Holder
    assert made_of.state == {"a": 1}


def test_the_pickle_by_hand_is_right_where_it_does_not_lie(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.pt", tensor_pickle(6, 1, (2, 2), (2, 1)), ("a/data/0", bytes(24)))
    assert read_contents(path).groups[""]["w"].shape == (2, 2)


@pytest.mark.parametrize(
    ("numel", "offset", "shape", "stride"),
    [
        (10**12, 0, (10**6, 10**6), (10**6, 1)),  # more than the part holds
        (6, 0, (3, 3), (3, 1)),  # more than the storage
        (6, 3, (2, 2), (2, 1)),  # beyond its end
        (6, 0, (10**6, 10**6), (0, 0)),  # a number repeated
        (6, 0, (-1, -6), (1, 1)),
        (6, -1, (2,), (1,)),
        (6, 0, (2, 2), (1,)),
        (6, 0, (1,) * 60, (1,) * 60),
        (2**62, 0, (2,), (1,)),
    ],
)
def test_tensors_that_lie_about_their_size(
    tmp_path: Path, numel: int, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    content = tensor_pickle(numel, offset, shape, stride)
    with within(0.2, 5):
        path = zipped(tmp_path / "a.pt", content, ("a/data/0", bytes(24)))
        refused(path, "(claims to be larger|it is damaged)")


BOMBS = {
    "a memo of 2**31 places": b"\x80\x02}r\xff\xff\xff\x7f.",
    "strings of 2 GB": b"\x80\x02X\xff\xff\xff\x7fabc.",
    "bytes of 2**60": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"abc.",
    "a long whole number": b"\x80\x02\x8b\xff\xff\xff\x7fabc.",
    "lists in lists": b"\x80\x02" + b"]" * 9_999 + b"a" * 9_998 + b".",
    "a million laughs": b"\x80\x02)" + b"2\x86" * 200 + b".",
    "laughs as a key": b"\x80\x02})" + b"2\x86" * 80 + b"Ns.",
    "a dictionary of itself": b"\x80\x02}q\x00(" + b"".join(
        b"X\x02\x00\x00\x00%02dh\x00" % i for i in range(100)) + b"u.",
    "sets of one list": b"\x80\x02](" + b"N" * 9_999 + b"eq\x00" + (
        b"(" + b"c__builtin__\nset\n(h\x00tR" * 999 + b"l."),
    "holders of many arguments": b"\x80\x02(" + b"N" * 9_999 + b"tq\x00" + (
        b"(" + b"cargparse\nNamespace\nh\x00R" * 999 + b"l."),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_neither_time_nor_memory(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.pt", BOMBS[name])
    with within(1.0, 40):
        refused(path)
