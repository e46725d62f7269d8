"""GIF: colours by brute force, and pictures as Pillow reads them back."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from flowlab.scene.export.gif import CLEAR, nearest_entries, palette_of, write_gif
from PIL import Image
from PySide6.QtGui import QImage

RNG = np.random.default_rng(0)


def image_of(rgb: np.ndarray) -> QImage:
    """The same pixels as Qt has them."""
    height, width = rgb.shape[:2]
    rows = np.concatenate([rgb[..., ::-1], np.full((height, width, 1), 255, np.uint8)], 2)
    return QImage(rows.tobytes(), width, height, QImage.Format.Format_RGB32).copy()


def test_the_ground_comes_first_and_few_colours_are_all_there() -> None:
    colours = RNG.integers(0, 256, (9, 3), np.uint8)
    picture = colours[RNG.integers(0, 9, (40, 60))]
    palette = palette_of([picture])
    assert palette.shape == (256, 3)
    assert palette[0].tolist() == picture[1, 1].tolist()
    assert {tuple(c) for c in colours.tolist()} <= {tuple(c) for c in palette.tolist()}


def test_each_colour_has_the_nearest_entry() -> None:
    palette = RNG.integers(0, 256, (256, 3), np.uint8)
    table = nearest_entries(palette)
    levels = np.arange(64) * 255 / 63
    for _ in range(300):
        r, g, b = RNG.integers(0, 64, 3)
        key = (r << 12) | (g << 6) | b
        if key == ((palette[0] >> 2).astype(int) * (4096, 64, 1)).sum():
            continue
        far = np.square(palette[:CLEAR] - levels[[r, g, b]]).sum(1)
        assert far[table[key]] <= far.min() + 1e-6 * far.max()
    ground = ((palette[0] >> 2).astype(int) * (4096, 64, 1)).sum()
    assert table[ground] == 0


def test_what_is_written_is_read_back_with_its_times(tmp_path: Path) -> None:
    shades = np.array([[0, 0, 0], [252, 0, 0], [0, 252, 0], [252, 252, 252]], np.uint8)
    pictures = [shades[RNG.integers(0, 4, (20, 30))] for _ in range(3)]
    pictures.insert(1, pictures[0])  # nothing changes
    path = tmp_path / "a.gif"
    images = [image_of(rgb) for rgb in pictures]
    write_gif(path, iter(images), (30, 20), 30.0, 4, images)
    with Image.open(io.BytesIO(path.read_bytes())) as file:
        assert (file.n_frames, file.size, file.info["loop"]) == (4, (30, 20), 0)
        stays = []
        for k, rgb in enumerate(pictures):
            file.seek(k)
            np.testing.assert_array_equal(np.array(file.convert("RGB")), rgb)
            stays.append(file.info["duration"])
    assert stays == [30, 40, 30, 30]  # in hundredths, of 133 ms together
