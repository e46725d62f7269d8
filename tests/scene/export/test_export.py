from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.views.bundle import FieldFrames
from flowlab.scene.base.style import DARK, LIGHT, THEMES
from flowlab.scene.export import encoders, export
from flowlab.scene.export.export import Cancelled, ExportSpec, estimate_bytes, render, times
from flowlab.scene.export.pictures import rgb_of


@pytest.fixture
def frame_at(scenes):
    bundle = scenes.gaussian_bundle(80)
    return lambda t: scenes.frame_of(bundle, t, view=View(highlighted=2))


def spec_of(path, **fields):
    fields = {"width": 122, "height": 90, "fps": 25, "seconds": 0.4, "hold": 0.0, **fields}
    return ExportSpec(path, **fields)


def frames_of(path):
    """Pictures and their milliseconds."""
    with Image.open(path) as file:
        pictures, stays = [], []
        for k in range(file.n_frames):
            file.seek(k)
            pictures.append(np.array(file.convert("RGB"), float))
            stays.append(file.info["duration"])
    return pictures, stays


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_animations_open_with_their_frames_size_and_speed(tmp_path, frame_at, suffix):
    spec = spec_of(tmp_path / f"flow.{suffix}")
    path = export.export(frame_at, spec)
    pictures, stays = frames_of(path)
    assert len(pictures) == len(times(spec)) == 10
    assert pictures[0].shape == (90, 122, 3)
    assert sum(stays) == pytest.approx(400, abs=10)
    for k, t in enumerate(times(spec)):  # the file shows what was painted
        wanted = rgb_of(render(frame_at(t), spec)).astype(float)
        tolerance = {"gif": 4.0, "apng": 0.0, "webp": 6.0}[suffix]
        assert np.abs(pictures[k] - wanted).mean() <= tolerance
    assert list(tmp_path.iterdir()) == [path]


def test_gif_has_honest_hundredths(tmp_path, frame_at):
    spec = spec_of(tmp_path / "flow.gif", fps=30, seconds=0.5)
    _, stays = frames_of(export.export(frame_at, spec))
    assert sum(stays) == 500
    assert set(stays) == {30, 40}
    assert spec_of(tmp_path / "flow.gif", fps=120).real_fps == 50


@pytest.mark.parametrize("suffix", ["gif", "apng"])
def test_films_loop_for_ever_with_their_rests_and_their_way_back(tmp_path, frame_at, suffix):
    """Pictures that stay the same are stored too, each as long as any other."""
    spec = spec_of(tmp_path / f"flow.{suffix}", fps=20, seconds=0.3, hold=0.2, ping_pong=True)
    pictures, stays = frames_of(export.export(frame_at, spec))
    assert len(pictures) == len(times(spec)) == 4 + 6 + 4 + 4
    assert set(stays) == {50}
    np.testing.assert_array_equal(pictures[0], pictures[4])
    assert np.abs(pictures[9] - pictures[0]).mean() > 1
    np.testing.assert_array_equal(pictures[11], pictures[9])
    with Image.open(spec.path) as file:
        assert file.info["loop"] == 0


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_ground_of_a_gif_keeps_its_colour(tmp_path, frame_at, theme):
    spec = spec_of(tmp_path / "flow.gif", theme=theme.name)
    pictures, _ = frames_of(export.export(frame_at, spec))
    for picture in pictures:
        assert np.abs(picture[88, 1] - theme.canvas).max() <= 1


def test_mp4_has_its_frames_even_size_and_speed(tmp_path, frame_at):
    path = export.export(frame_at, spec_of(tmp_path / "flow.mp4", width=123, height=91))
    command = [encoders.ffmpeg(), "-hide_banner", "-i", str(path), "-f", "framecrc", "-"]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "h264" in seen.stderr
    assert "yuv420p" in seen.stderr
    assert "122x90" in seen.stderr
    assert "25 fps" in seen.stderr
    assert sum(line.startswith("0,") for line in seen.stdout.splitlines()) == 10
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")  # so that it plays before it is loaded


def test_numbered_frames_equal_the_pictures(tmp_path, frame_at):
    spec = spec_of(tmp_path / "frames")
    folder = export.export(frame_at, spec)
    names = sorted(file.name for file in folder.iterdir())
    assert names == [f"{k:04d}.png" for k in range(10)]
    with Image.open(folder / "0007.png") as file:
        wanted = rgb_of(render(frame_at(times(spec)[7]), spec))
        np.testing.assert_array_equal(np.array(file.convert("RGB")), wanted)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_png_still_is_at_its_time_and_in_its_theme(tmp_path, frame_at, theme):
    spec = spec_of(tmp_path / "still.png", t=0.3, theme=theme.name)
    seen = []
    export.export(lambda t: seen.append(t) or frame_at(t), spec)
    with Image.open(spec.path) as file:
        assert file.size == (122, 90)
        assert file.convert("RGB").getpixel((1, 88)) == theme.canvas
    assert seen == [0.3]


def test_svg_is_vector_and_has_size_and_title(tmp_path, frame_at):
    export.export(frame_at, spec_of(tmp_path / "still.svg", width=800, height=600, t=0.5))
    root = ElementTree.parse(tmp_path / "still.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 800 600"
    assert "t = 0.500" in root.findtext(f"{space}title")
    assert len([*root.iter(f"{space}circle"), *root.iter(f"{space}ellipse")]) >= 80


def test_pdf_has_the_size_and_a_title(tmp_path, frame_at):
    export.export(frame_at, spec_of(tmp_path / "still.pdf", width=800, height=600))
    data = (tmp_path / "still.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/MediaBox [0 0 600" in data  # points at 96 pixels to the inch
    assert "FlowLab".encode("utf-16-be") in data


@pytest.mark.parametrize("name", ["flow.gif", "flow.apng", "still.png"])
def test_same_frames_same_bytes(tmp_path, frame_at, name):
    (tmp_path / "again").mkdir()
    first = export.export(frame_at, spec_of(tmp_path / name))
    second = export.export(frame_at, spec_of(tmp_path / "again" / name))
    assert first.read_bytes() == second.read_bytes()


def test_times_rest_at_the_ends_and_come_back():
    spec = spec_of(Path("a.webp"), fps=10, seconds=0.5, hold=0.2, ping_pong=True)
    assert times(spec) == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 0.75, 0.5, 0.25]


@pytest.mark.parametrize("name", ["flow.mp4", "flow.gif", "flow.apng", "flow.webp", "frames"])
def test_cancelling_leaves_nothing(tmp_path, frame_at, name):
    shares, spec = [], spec_of(tmp_path / name)
    with pytest.raises(Cancelled):
        export.export(frame_at, spec, shares.append, lambda: len(shares) >= 4)
    assert list(tmp_path.iterdir()) == []
    assert shares == sorted(shares)


def test_cancelling_keeps_the_older_file(tmp_path, frame_at):
    (tmp_path / "flow.gif").write_bytes(b"older")
    with pytest.raises(Cancelled):
        export.export(frame_at, spec_of(tmp_path / "flow.gif"), cancelled=lambda: True)
    assert (tmp_path / "flow.gif").read_bytes() == b"older"


@pytest.mark.parametrize("name", ["flow.gif", "flow.apng", "flow.mp4", "flow.webp", "frames"])
def test_the_estimate_is_near(tmp_path, frame_at, name):
    spec = spec_of(tmp_path / name, seconds=1.0)
    guess = estimate_bytes(frame_at, spec)
    path = export.export(frame_at, spec)
    files = path.iterdir() if path.is_dir() else [path]
    assert guess == pytest.approx(sum(file.stat().st_size for file in files), rel=0.4)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"width": 0}, "size"),
        ({"height": 9000}, "size"),
        ({"seconds": 1e5}, "frames"),
        ({"fps": 0}, "frames a second"),
        ({"fps": float("nan")}, "frames a second"),
        ({"theme": "pink"}, "pink"),
        ({"hold": -1.0}, "rest"),
    ],
)
def test_absurd_wishes_are_refused_in_words(fields, words):
    with pytest.raises(Invalid, match=words):
        spec_of(Path("flow.mp4"), **fields)


def test_an_unknown_suffix_names_the_known_ones():
    with pytest.raises(Invalid, match="mp4, gif"):
        spec_of(Path("flow.avi"))


@pytest.mark.parametrize("name", ["nowhere/flow.gif", "nowhere/still.svg", "folder.png"])
def test_a_bad_place_is_refused_before_anything_is_painted(tmp_path, frame_at, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(Invalid, match="Cannot write"):
        export.export(None, spec_of(tmp_path / name))
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]


def test_frames_never_mix_with_other_files(tmp_path, frame_at):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(Invalid, match="not empty"):
        export.export(frame_at, spec_of(tmp_path, format="frames"))


@pytest.mark.parametrize("suffix", ["gif", "mp4", "png", "svg"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, frame_at, suffix, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.os, "replace", full)
    with pytest.raises(Invalid, match="no space left on device"):
        export.export(frame_at, spec_of(tmp_path / f"flow.{suffix}"))
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_a_failing_ffmpeg_reach_the_person(tmp_path, frame_at, monkeypatch):
    real = encoders._mp4_options
    broken = lambda *a: [*real(*a)[:-2], "-crf", "nonsense", "-f", "mp4"]  # noqa: E731
    monkeypatch.setattr(encoders, "_mp4_options", broken)
    with pytest.raises(Invalid, match=r"nonsense|option|argument"):
        export.export(frame_at, spec_of(tmp_path / "flow.mp4"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["flow.mp4", "flow.gif", "flow.apng"])
def test_a_missing_ffmpeg_is_named(tmp_path, frame_at, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(Invalid, match="imageio-ffmpeg"):
        export.export(frame_at, spec_of(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_a_larger_export_is_the_same_picture_enlarged(scenes, frame_at):
    """Text and dots grow with the picture: reduced by two, it equals the small one."""
    small, large = (spec_of(Path("a.png"), width=k * 720, height=k * 720) for k in (1, 2))
    frame = replace(frame_at(0.5), legend=True)
    a, b = rgb_of(render(frame, small)), rgb_of(render(frame, large))
    shrunk = b.reshape(720, 2, 720, 2, 3).mean((1, 3))
    assert np.abs(shrunk - a).mean() < 1.5


def test_ffmpegs_own_words_come_without_its_addresses():
    from flowlab.scene.export.encoders import _last_line

    said = "[out#0/mp4 @ 0x55d0c1] Error writing trailer: No space left on device.\n"
    assert _last_line(said) == "Error writing trailer: No space left on device"
    assert _last_line("") == "ffmpeg stopped without a word"


SIZES = [(321, 181), (640, 360), (641, 361), (1280, 720), (1920, 1080), (2560, 1440)]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("layers", ["particles", "trails", "paths", "arrows"])
def test_an_export_of_any_size_is_the_same_picture(scenes, theme, layers):
    """Mean brightness of the whole, and of each sixteenth, as in the largest."""
    bundle = scenes.gaussian_bundle(4000)
    off = {f"show_{name}": False for name in ("particles", "trails", "paths", "ends")}
    view = View(**{**off, f"show_{layers}": True}) if layers != "arrows" else View(**off)
    frame = scenes.frame_of(bundle, 0.5, view=view, card=False, half_height=4)
    if layers == "arrows":
        axis = np.linspace(-5, 5, 11, dtype=np.float32)
        times, values = np.array([0, 1], np.float32), np.ones((2, 11, 11, 2), np.float32)
        field = FieldFrames(times=times, xs=axis, ys=axis, values=values)
        view = replace(view, field="arrows")
        frame = scenes.frame_of(replace(bundle, field=field), 0.5, view=view, half_height=4)
    ground = np.array(THEMES[theme].canvas, float)
    means = []
    for width, height in SIZES:
        spec = ExportSpec(Path("a.png"), width=width, height=height, theme=theme)
        image = rgb_of(render(frame, spec)).astype(float) - ground
        image = image[height // 5 :, width // 9 :]  # without the numbers, which small files enlarge
        rows, columns = np.array_split(image, 4), 4
        tiles = [t.mean() for row in rows for t in np.array_split(row, columns, axis=1)]
        means.append(np.array(tiles))
    largest = np.abs(means[-1]).max()
    for size, mean in zip(SIZES, means, strict=True):
        assert np.abs(mean - means[-1]).max() < 0.12 * largest, size


@pytest.mark.parametrize("size", [(200, 160), (320, 180), (641, 361), (1280, 720), (1920, 1080)])
def test_the_legend_is_readable_at_any_size(scenes, size):
    """The letters' rows in the lowest part of the file: x-height and ascenders of 10 px or more."""
    frame = scenes.frame_of(scenes.gaussian_bundle(10), 0.5, legend=True)
    spec = ExportSpec(Path("a.png"), width=size[0], height=size[1], theme="light")
    with_, without = (
        rgb_of(render(replace(frame, legend=on), spec)).astype(float) for on in (True, False)
    )
    ink = np.abs(with_ - without).sum(-1)
    rows = np.flatnonzero(ink[-int(32 * max(1.0, min(size) / 720)) :].max(1) > 150)
    assert np.ptp(rows) + 1 >= 7  # capital letters and digits of a font of 10 pixels
