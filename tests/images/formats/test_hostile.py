"""Files that would run code, fill the memory or lie: each is refused, and nothing is run."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.harmless import HOLDERS, check_name
from flowlab.images.formats.inert import Holder
from flowlab.images.formats.pickle_machine import read_pickle
from flowlab.images.formats.weights import read_weights
from tests.helpers import checkpoints as made
from tests.helpers.files import COUNTING, within

SMALL = made.points_net(width=4)


def zipped(path: Path, content: bytes, *more: tuple[str, bytes], packed: bool = False) -> Path:
    """A zip as torch writes it, with this pickle and other parts."""
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("a/data.pkl", content)
        for name, part in more:
            archive.writestr(name, part)
    return path


def refused(path: Path, words: str = "") -> None:
    with pytest.raises(Invalid, match=rf"^{path.name}: [^\n]*{words}[^\n]*\.$"):
        read_weights(contents := read_contents(path), recognise(contents))


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
    refused(zipped(tmp_path / "a.pt", content))


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
    roots = {name.split(".")[0] for name in HOLDERS}
    assert roots == {"argparse", "builtins", "collections", "numpy", "omegaconf", "pathlib",
                     "typing", "__main__", "torch", "torchcfm"}  # fmt: skip
    made_of = read_pickle(io.BytesIO(b"cpathlib\nPosixPath\n(S'/etc'\ntR}S'a'\nI1\nsb."))
    assert type(made_of) is Holder
    assert made_of.state == {"a": 1}


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"


def tensor_pickle(
    numel: int, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
) -> bytes:
    """{"w": a tensor} with these claims, of the storage "0"."""

    def whole(value: int) -> bytes:
        return b"\x8a\x08" + struct.pack("<q", value)

    def row(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(whole, values)) + b"t"

    call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + whole(numel) + b"tQ" + whole(offset)
    call += row(shape) + row(stride) + b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}X\x01\x00\x00\x00w" + call + b"s."


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
        refused(zipped(tmp_path / "a.pt", content, ("a/data/0", bytes(24))))


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


def test_zips_that_are_none_of_torch_s(tmp_path: Path) -> None:
    torch.save(SMALL, tmp_path / "in.pt")
    inner = (tmp_path / "in.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "nested.pt", "w") as archive:
        archive.writestr("model.pt", inner)
    refused(tmp_path / "nested.pt", "a zip of other files")
    refused(zipped(tmp_path / "script.pt", b"N.", ("a/code/x.py", b"import os")), "TorchScript")
    refused(zipped(tmp_path / "bomb.pt", b"N" * 10**6, packed=True), "larger than that of any")
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(tmp_path / "two.pt", pickle.dumps({}, 2), ("a/data.pkl", inner))
    refused(tmp_path / "two.pt", "damaged")
    content = tensor_pickle(6, 0, (2, 3), (3, 1))
    refused(zipped(tmp_path / "lacks.pt", content), "damaged")
    refused(zipped(tmp_path / "short.pt", content, ("a/data/0", bytes(20))), "larger than what")


def header(entries: Any, size: int = 24) -> bytes:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def entry(first: int = 0, last: int = 24, shape: Any = (6,), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [first, last]}


@pytest.mark.parametrize(
    "content",
    [
        header({"w": entry(0, 48, (12,))}),  # beyond the end
        header({"w": entry(0, 12, (3,)), "v": entry(8, 24, (4,))}),  # overlapping
        header({"w": entry(0, 12, (3,))}),  # not to the end
        header({"w": entry(shape=(2**40, 2**40))}),
        header({"w": entry(shape=(-2, -3))}),
        header({"w": entry(shape=(6.0,))}),
        header({"w": entry(shape=(True, 6))}),
        header({"w": entry(shape=(1,) * 100)}),
        header({"w": entry(dtype="F1")}),
        header({"w": entry(dtype=None)}),
        header({"w": entry() | {"more": 1}}),
        header({"w": 3}),
        header([1, 2]),
        header({"__metadata__": {"a": 1}, "w": entry()}),
        header(b'{"w": ' + json.dumps(entry()).encode() + b', "w": {}}'),
        header(b'{"w": ' + b"[" * 100_000),
        header(b"{}", 0),
        header(b"{\xff\xfe"),
        struct.pack("<Q", 2**62) + b'{"w": 1}',
        struct.pack("<Q", 10**9) + b'{"w": 1}',
    ],
)
def test_headers_of_safetensors_that_lie(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with within(0.5, 10):
        refused(tmp_path / "a.safetensors")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each layout."""
    path = tmp_path_factory.mktemp("whole")
    torch.save({"model": SMALL, "step": 3}, path / "a.pt")
    torch.save({"model": SMALL}, path / "old.pt", _use_new_zipfile_serialization=False)
    save_file(SMALL, path / "a.safetensors")
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.mark.parametrize("name", ["a.pt", "old.pt", "a.safetensors"])
def test_a_part_of_a_file_is_told_at_every_length(
    tmp_path: Path, whole: dict[str, bytes], name: str
) -> None:
    content, path = whole[name], tmp_path / name
    for percent in range(100):
        path.write_bytes(content[: len(content) * percent // 100])
        with pytest.raises(Invalid, match=rf"^{name}: [^\n]+\.$"):
            read_contents(path)


@pytest.mark.filterwarnings("ignore:invalid escape")  # of Python's reader of text opcodes
def test_a_damaged_file_opens_or_says_why_not(
    tmp_path: Path, whole: dict[str, bytes], pytestconfig: pytest.Config
) -> None:
    rng = random.Random(pytestconfig.getoption("fuzz_seed"))
    for _ in range(pytestconfig.getoption("mutations") // 5):
        name = rng.choice(sorted(whole))
        content = bytearray(whole[name])
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        (tmp_path / name).write_bytes(content)
        wrong = _complaint(tmp_path / name)
        assert re.fullmatch(rf"({name}: [^\n]*\.)?", wrong), wrong


def _complaint(path: Path) -> str:
    """What is said of a file that can't be opened; empty for one that can."""
    try:
        contents = read_contents(path)
        read_weights(contents, recognise(contents))
    except Invalid as error:
        return str(error)
    return ""


def test_recognition_is_quick(tmp_path: Path) -> None:
    """A network of 450 MB has no more keys than this one, and no more is read of it."""
    torch.save(made.unet2d(), tmp_path / "a.pt")
    with within(0.1 * COUNTING, 20):
        recognise(read_contents(tmp_path / "a.pt"))
