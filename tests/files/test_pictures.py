"""Picture files: grey, size and polarity, and one sentence for each way a file can be wrong."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.files.pictures import read_picture


def refusal(path: Path) -> str:
    with pytest.raises(Invalid) as caught:
        read_picture(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    return message


def claim(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    tones = np.full((60, 80), 250, np.uint8)
    tones[20:40, 10:30] = 10
    Image.fromarray(tones).save(tmp_path / f"a.{suffix}")
    picture = read_picture(tmp_path / f"a.{suffix}")
    assert picture.pixels.shape == (60, 80)
    assert np.abs(picture.pixels.values.astype(int) - tones).mean() < 3
    assert picture.dark_is_mass
    assert picture.name == f"a.{suffix}"


def test_mass_lies_where_the_ink_is(tmp_path: Path) -> None:
    tones = np.full((100, 50), 255, np.uint8)
    tones[:20, 40:] = 0  # at the top right
    Image.fromarray(tones).save(tmp_path / "a.png")
    x0, x1, y0, y1 = build(read_picture(tmp_path / "a.png")).extent
    assert (x0, x1, y0, y1) == (-2, 2, -4, 4)
    import torch

    x = build(read_picture(tmp_path / "a.png")).sample(2000, torch.Generator().manual_seed(0))
    assert torch.allclose(x.mean(0), torch.tensor([1.6, 3.2]), atol=0.05)


def test_a_dark_border_makes_light_the_mass(tmp_path: Path) -> None:
    tones = np.zeros((30, 30), np.uint8)
    tones[10:20, 10:20] = 255
    Image.fromarray(tones).save(tmp_path / "a.png")
    assert not read_picture(tmp_path / "a.png").dark_is_mass


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    values = np.zeros((10, 10, 4), np.uint8)
    values[3:6, 3:6, 3] = 255
    values[7, 7, 3] = 128
    Image.fromarray(values, "RGBA").save(tmp_path / "a.png")
    pixels = read_picture(tmp_path / "a.png").pixels.values
    assert (pixels[0, 0], pixels[4, 4], pixels[7, 7]) == (255, 0, 127)


def test_palettes_and_sixteen_bits(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (8, 1))
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    assert np.array_equal(read_picture(tmp_path / "deep.png").pixels.values[0], np.arange(256))
    flat = Image.new("P", (8, 8), 1)
    flat.putpalette([255, 255, 255, 0, 0, 0, 128, 128, 128])
    flat.putpixel((4, 4), 0)
    flat.save(tmp_path / "palette.png", transparency=1)
    assert read_picture(tmp_path / "palette.png").pixels.values.min() == 255
    flat.save(tmp_path / "opaque.png")
    assert read_picture(tmp_path / "opaque.png").pixels.values[0, 0] == 0


def test_the_longer_side_shrinks_to_512_and_keeps_the_mean(tmp_path: Path) -> None:
    tones = np.random.default_rng(0).integers(0, 256, (300, 1500), dtype=np.uint8)
    Image.fromarray(tones).save(tmp_path / "a.png")
    pixels = read_picture(tmp_path / "a.png").pixels.values
    assert pixels.shape == (102, 512)
    assert pixels.mean() == pytest.approx(tones.mean(), abs=0.5)


def test_a_photograph_on_its_side_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 20), 255).save(tmp_path / "a.jpg", exif=exif)
    assert read_picture(tmp_path / "a.jpg").pixels.shape == (40, 20)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"not a picture", "not a PNG"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a PNG"),
        (claim(20_001, 10), "20,001 × 10"),
        (claim(10_500, 10_000), "10,500 × 10,000"),
        (claim(19_999, 19_999), "100 million"),
        (claim(300, 300), "damaged"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert words in refusal(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_cut_short(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "damaged" in refusal(path)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.png")


def test_one_tone_has_no_shape(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 90).save(tmp_path / "a.png")
    with pytest.raises(Invalid, match="one tone"):
        build(read_picture(tmp_path / "a.png"))
