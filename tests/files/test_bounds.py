"""Bounds before work: what a file may cost to be read, however large it says that it is."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Points, Stroke
from flowlab.files import container, session, session_parts
from tests.files.zips import members_of, zipped
from tests.helpers.files import within

DOCUMENT = Document(target=Points(points=Array(np.arange(12.0).reshape(6, 2))))
GOOD = session.pack(DOCUMENT, state={"t": 0.25})


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        session.unpack(content)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def with_part(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped(members_of(GOOD) | {name: content}, method)


@pytest.fixture
def opened_parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that are unpacked from now on."""
    names: list[str] = []
    really = zipfile.ZipFile.open

    def noted(self: zipfile.ZipFile, name: Any, *args: Any, **kw: Any) -> Any:
        names.append(getattr(name, "filename", name))
        return really(self, name, *args, **kw)

    monkeypatch.setattr(zipfile.ZipFile, "open", noted)
    return names


# --- JSON -----------------------------------------------------------------------------------------


def test_json_of_very_many_values_is_refused_before_it_is_decoded() -> None:
    """Each `{}` becomes an object of 64 bytes: decoded, these would take 1.5 GB."""
    content = with_part("document.json", b'{"a":[' + b"{}," * 20_000_000 + b"{}]}")
    assert len(content) < 100_000
    with within(seconds=5, megabytes=200):
        assert "more values than a FlowLab file can need" in refusal(content)


@pytest.mark.parametrize("mark", [b"0,", b'"":"",', b"[],"])
def test_all_marks_of_json_are_counted(mark: bytes) -> None:
    open_, close = (b"{", b"}") if b":" in mark else (b"[", b"]")
    body = b'{"a":' + open_ + mark * 4_300_000 + mark.rstrip(b",") + close + b"}"
    assert "more values" in refusal(with_part("document.json", body))


def test_a_part_that_is_too_large_is_never_unpacked(opened_parts: list[str]) -> None:
    content = with_part("document.json", bytes(64_000_001))
    opened_parts.clear()
    assert "'document.json' is larger than 64 MB" in refusal(content)
    assert opened_parts == []


@pytest.mark.parametrize("depth", [900, 200_000])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_is_one_sentence(depth: int, brackets: str) -> None:
    inner = "[" if brackets == "[]" else '{"a":'
    body = '{"document":' + inner * depth + "0" + brackets[1] * depth + ', "format": 1}'
    message = refusal(with_part("document.json", body.encode()))
    assert "nested too deeply" in message or "must be a group" in message or "'a'" in message


def test_a_number_of_hundreds_of_digits_is_one_sentence() -> None:
    head = members_of(GOOD)["document.json"].replace(b'"seed": 0', b'"seed": ' + b"9" * 400)
    assert "document.seed" in refusal(with_part("document.json", head))


# --- the table of contents ------------------------------------------------------------------------


def directory_of(count: int, extra: bytes = b"", *, zip64: bool = False) -> bytes:
    """A zip that is nothing but a table of contents."""
    sizes = 8, len(extra), *[0] * 5
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 33, 0, 0, 0, *sizes)
    table = (entry + b"the name" + extra) * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(table), 0, 0)
    if not zip64:
        return table + end
    counts = count, count, len(table), 0
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, *counts)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(table), 1)
    return table + record + locator + end


@pytest.mark.parametrize("zip64", [False, True])
def test_a_file_that_is_one_huge_table_of_contents_is_not_parsed(
    zip64: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = directory_of(600_000, zip64=zip64)
    with within(seconds=2, megabytes=60):
        assert "table of contents is larger than 24 MB" in refusal(content)
    monkeypatch.setattr(container, "MOST_PARTS", 999)
    content = directory_of(1000, zip64=zip64)
    with within(seconds=1, megabytes=1):
        assert "table of contents is larger than such a file" in refusal(content)
    assert "two parts of the same name" in refusal(directory_of(999, zip64=zip64))


def test_entries_that_are_slow_to_parse_are_refused() -> None:
    """zipfile takes time with the square of what stands beside a name."""
    content = directory_of(300, struct.pack("<HH", 0x9999, 0) * 16_000)
    with within(seconds=2, megabytes=60):
        assert "table of contents" in refusal(content)


def test_an_empty_zip_is_no_session() -> None:
    assert "holds no document" in refusal(directory_of(0))


# --- which parts, and how -------------------------------------------------------------------------


def test_parts_that_are_not_known_stay_packed(opened_parts: list[str]) -> None:
    names = ("film.mp4", "arrays/0123.npy", "losses/other.npy", "preview/raw.npy", "moments/x")
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_LZMA) as archive:
        for name in names:
            archive.writestr(name, bytes(1000))
    content = claiming(stream.getvalue(), b"film.mp4", 4_000_000_000)
    opened_parts.clear()
    assert session.unpack(content).document == DOCUMENT
    assert len(opened_parts) == 3
    assert not set(opened_parts) & set(names)


def claiming(content: bytes, name: bytes, size: int) -> bytes:
    """The zip with a part that says in the table of contents that it unpacks to `size` bytes."""
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
    return content[: at + 24] + struct.pack("<L", size) + content[at + 28 :]


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_to_pack_are_refused(method: int, opened_parts: list[str]) -> None:
    content = zipped(members_of(GOOD), method)
    opened_parts.clear()
    assert "packed in a way that is not known" in refusal(content)
    assert opened_parts == []


def test_what_is_read_is_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    content = session.pack(replace(DOCUMENT, source=Points(points=Array(np.zeros((5000, 2))))))
    assert session.unpack(content).document.seed == 0
    monkeypatch.setattr(container, "MOST_READ", 40_000)
    assert "larger than 0 MB together" in refusal(content)


@pytest.mark.parametrize("size", [1, 100, 63_000_000])
def test_a_part_may_not_be_longer_or_shorter_than_it_says(size: int) -> None:
    with within(seconds=2, megabytes=10):
        message = refusal(claiming(GOOD, b"document.json", size))
    assert "damaged" in message or "not as long as it says" in message


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.flowlab"
    with path.open("wb") as file:
        file.truncate(session_parts.MOST_FILE + 1)
    with within(seconds=1, megabytes=1), pytest.raises(Invalid, match="larger than 512 MB"):
        session.load(path)


def test_one_array_that_is_named_very_often_is_read_and_kept_once(opened_parts: list[str]) -> None:
    path = Array(np.zeros((20_000, 3)))
    document = Document(
        target=Drawing(strokes=tuple(Stroke(path=path, seed=k) for k in range(200)))
    )
    content = session.pack(document)
    opened_parts.clear()
    with within(seconds=5, megabytes=10):
        assert session.unpack(content).document == document
    assert sum(name.startswith("arrays/") for name in opened_parts) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.flowlab")
    with pytest.raises(Invalid, match="no ordinary file"):
        session.load(tmp_path / "a.flowlab")


@pytest.mark.parametrize(("error", "words"), [(MemoryError, "memory"), (RecursionError, "deeply")])
def test_too_little_memory_is_one_sentence(
    error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: Any) -> None:
        raise error

    (tmp_path / "a.flowlab").write_bytes(GOOD)
    monkeypatch.setattr(container.Parts, "read", fail)
    assert words in refusal(GOOD)
    with pytest.raises(Invalid, match=f"a.flowlab cannot be opened: .*{words}"):
        session.load(tmp_path / "a.flowlab")
