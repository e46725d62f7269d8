"""How near an exported film is to what was painted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from flowlab.bench import exports
from flowlab.bench.effort import QUICK
from flowlab.core.array_types import Bytes
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import THEMES
from flowlab.scene.export import export as film
from flowlab.scene.export.export import ExportSpec, export, render
from flowlab.scene.export.pictures import rgb_of


def test_psnr_is_that_of_its_definition() -> None:
    black = np.zeros((4, 5, 3), np.uint8)
    grey = np.full_like(black, 51)
    assert exports.psnr(black, black) == math.inf
    assert exports.psnr(grey, black) == pytest.approx(20 * math.log10(255 / 51))
    assert exports.psnr(black, grey) == exports.psnr(grey, black)  # nothing wraps around
    one = black.copy()
    one[0, 0, 0] = 255
    assert exports.psnr(one, black) == pytest.approx(10 * math.log10(4 * 5 * 3))


def test_a_lossless_film_is_what_was_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = list[Bytes]()

    def noted(frame: Frame, spec: ExportSpec, scratch: Scratch | None = None) -> QImage:
        image = render(frame, spec, scratch)
        pictures.append(rgb_of(image))
        return image

    monkeypatch.setattr(film, "render", noted)
    spec = ExportSpec(tmp_path / "flow.apng", 96, 64, fps=10, seconds=0.4)
    frame_at = exports._film()
    export(frame_at, spec)
    pairs = list(zip(exports.shown(spec.path), pictures, strict=True))
    assert len(pairs) == 4
    assert [exports.psnr(seen, wanted) for seen, wanted in pairs] == [math.inf] * 4
    again = list(exports.painted(frame_at, spec))  # which may smooth a letter otherwise
    assert min(exports.psnr(*pair) for pair in zip(again, pictures, strict=True)) > 60
    assert exports.psnr(pairs[0][0], pairs[-1][1]) < 40  # pictures of other times are not alike


def test_both_themes_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_SIZE", (128, 72))
    rows = list(exports.rows(QUICK))
    named = [row.name.split(":")[0] for row in rows]
    assert named == [f"GIF, {theme}" for theme in THEMES for _ in range(3)]
    usual, worst, size = (rows[k].value or 0.0 for k in range(3))
    assert 20 < worst <= usual < 100
    assert size > 0


def test_shown_has_the_colours_of_the_file(tmp_path: Path) -> None:
    colours = [(250, 10, 20), (0, 200, 40)]
    first, second = (Image.new("RGB", (4, 3), colour) for colour in colours)
    first.save(tmp_path / "two.gif", save_all=True, append_images=[second])
    seen = list(exports.shown(tmp_path / "two.gif"))
    assert [tuple(picture[0, 0]) for picture in seen] == colours
