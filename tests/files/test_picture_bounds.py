"""Bounds before work: pictures that would take long or much memory to decode, and large ones."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowlab.core.document.limits import Invalid
from flowlab.files import pictures
from flowlab.files.pictures import read_picture


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    begun = time.perf_counter()
    with pytest.raises(Invalid) as caught:
        read_picture(path)
    assert time.perf_counter() - begun < 2
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    return message


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# --- refused --------------------------------------------------------------------------------------


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(200_000_001)
    with pytest.raises(Invalid, match="larger than 200 MB"):
        read_picture(tmp_path / "a.png")


def test_a_webp_of_a_few_bytes_is_not_decoded_to_gigabytes(tmp_path: Path) -> None:
    """38 bytes took 2.4 GB: a WebP is held four times while it is decoded."""
    content = saved(Image.new("RGB", (5001, 5001)), "WEBP", lossless=True, quality=0, method=0)
    assert len(content) < 10_000
    assert "25 million" in refusal(tmp_path / "a.webp", content)


def test_a_progressive_jpeg_may_have_half_as_many_pixels(tmp_path: Path) -> None:
    content = bytearray(saved(Image.new("L", (40, 40)), "JPEG", progressive=True))
    at = content.index(b"\xff\xc2")
    content[at + 5 : at + 9] = struct.pack(">2H", 7000, 7200)
    assert "50 million" in refusal(tmp_path / "a.jpg", bytes(content))


def test_a_jpeg_of_very_many_scans_is_not_decoded(tmp_path: Path) -> None:
    content = saved(Image.new("L", (7000, 7000), 90), "JPEG", progressive=True, quality=30)
    scan = content.rindex(b"\xff\xda")
    many = content[:-2] + content[scan:-2] * 200 + content[-2:]
    assert "more pieces" in refusal(tmp_path / "a.jpg", many)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_very_many_pieces_are_not_read(kind: str, tmp_path: Path) -> None:
    content = saved(Image.new("L", (40, 40), 90), kind)
    piece, at = {
        "PNG": (chunk(b"prIv", b""), 33),
        "JPEG": (b"\xff\xfe\x00\x02", 2),
        "WEBP": (b"XTRA\0\0\0\0", len(content)),
    }[kind]
    many = content[:at] + piece * 200_001 + content[at:]
    assert "more pieces" in refusal(tmp_path / f"a.{kind.lower()}", many)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_few_pieces_more_are_passed_over(kind: str, tmp_path: Path) -> None:
    content = saved(Image.new("L", (40, 40), 90), kind)
    piece, at = {
        "PNG": (chunk(b"prIv", b"\xff\xda" * 90), 33),
        "JPEG": (b"\xff\xfe\x00\xb6" + b"\xff\xda" * 90, 2),  # a remark, not scans
        "WEBP": (b"XTRA\0\0\0\0", len(content)),
    }[kind]
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(content[:at] + piece + content[at:])
    assert read_picture(path).pixels.shape == (40, 40)


def test_a_film_after_a_photograph_does_not_count(tmp_path: Path) -> None:
    """Telephones hang one there; it holds by chance what looks like scans."""
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(Image.new("L", (40, 40), 90), "JPEG") + b"\xff\xda\x00\x02" * 1000)
    assert read_picture(path).pixels.shape == (40, 40)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(Invalid, match="no ordinary file"):
        read_picture(tmp_path / "a.png")


# --- large ones are read strip by strip -----------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "I;16"])
def test_a_large_picture_is_nearly_as_if_read_at_once(mode: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (26, 41, 4), np.uint8), "RGBA")
    large = coarse.resize((4100, 2600), Image.Resampling.BICUBIC)
    if mode == "I;16":
        tones = np.asarray(large.convert("L")).astype(np.uint16) * 257
        large = Image.fromarray(tones)
    else:
        large = large.convert("RGB").convert("P") if mode == "P" else large.convert(mode)
    large.save(tmp_path / "a.png", compress_level=1)
    pixels = read_picture(tmp_path / "a.png").pixels.values.astype(int)
    at_once = pictures._levels(large).convert("LA")
    at_once.thumbnail((512, 512), Image.Resampling.BOX)
    tone, opacity = np.moveaxis(np.asarray(at_once, float), 2, 0)
    wanted = 255 + (tone - 255) * opacity / 255
    assert pixels.shape == wanted.shape == (325, 512)
    assert np.abs(pixels - wanted).mean() < 1.5
    assert abs(pixels.mean() - wanted.mean()) < 0.3


def test_strips_meet_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tones = np.random.default_rng(0).integers(0, 256, (3001, 2050), np.uint8)
    Image.fromarray(tones).save(tmp_path / "a.png", compress_level=1)
    whole = read_picture(tmp_path / "a.png").pixels.values
    monkeypatch.setattr(pictures, "_STRIP", 30_000)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels.values, whole)


def test_a_large_photograph_on_its_side_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("L", (3000, 2200), 255)
    image.paste(0, (0, 0, 300, 2200))
    image.save(tmp_path / "a.png", exif=exif)
    pixels = read_picture(tmp_path / "a.png").pixels.values
    assert pixels.shape == (512, 375)
    assert pixels[:45].max() == 0
    assert pixels[60:].min() == 255


MEASURE = """
import re, sys
from pathlib import Path
from flowlab.files.pictures import read_picture
most = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = most()
read_picture(sys.argv[1])
print((most() - before) / 1e3)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory is not told elsewhere")
def test_a_hundred_million_pixels_take_half_a_gigabyte(tmp_path: Path) -> None:
    side, packer = 10_000, zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(4 * side + 1)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "a.png")]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 400 < float(found.stdout) < 550


def test_a_name_with_what_is_no_character_is_kept_readable(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.png")
    try:
        Image.new("L", (20, 20), 90).save(path)
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such names")
    assert read_picture(path).name == "a?.png"
