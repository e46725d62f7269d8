"""Films and pictures of any name, of which ffmpeg would read some as something else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from flowlab.core.document.view import View
from flowlab.scene.export import encoders, export
from flowlab.scene.export.export import ExportSpec

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


@pytest.mark.parametrize("suffix", ["mp4", "gif", "apng", "webp", "png", "svg", "pdf"])
@pytest.mark.parametrize("name", ["12:30", "%d #?", "каша 测试 é", "-y", "pipe:1"])
def test_every_format_takes_every_name(tmp_path, scenes, monkeypatch, suffix, name):
    monkeypatch.chdir(tmp_path)
    bundle = scenes.gaussian_bundle(30)
    path = Path(f"{name}.{suffix}")
    spec = ExportSpec(path, width=64, height=48, fps=5, seconds=0.4, hold=0.0)
    export.export(lambda t: scenes.frame_of(bundle, t, view=View(highlighted=2)), spec)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_size > 100


@pytest.mark.parametrize("write", [encoders.write_mp4, encoders.write_apng])
def test_a_relative_name_with_a_colon_is_no_protocol(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    pictures = [QImage(64, 48, QImage.Format.Format_RGB32) for _ in range(3)]
    for picture in pictures:
        picture.fill(0)
    write(Path("12:30.film"), iter(pictures), (64, 48), 5.0, 3)
    assert Path("12:30.film").stat().st_size > 100
