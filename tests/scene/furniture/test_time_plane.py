"""The picture with time across, from arrays: everything lies at the pixel of its time and place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage, rgba
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.furniture.time_axes import TimeAxes
from flowlab.scene.furniture.time_key import JAGGED, SMOOTH, shaded
from flowlab.scene.furniture.time_marginal import histogram
from flowlab.scene.furniture.time_plane import axes_of, paint_time_plane
from flowlab.scene.furniture.time_values import DensityTable, Strand, TimePlane

pytestmark = pytest.mark.usefixtures("qapp")

WIDE, HIGH = 700, 520
RED, BLUE = (230, 40, 40), (40, 80, 230)
REACH = (-4.0, 4.0)
TIMES = np.linspace(0, 1, 33, dtype=np.float32)


def strand(look: str, slope: float, colour: tuple[int, int, int] = RED, n: int = 1) -> Strand:
    """Particles that all go up from 0 by `slope`; at t = 1/2, a cloud around where they are."""
    paths = np.repeat((slope * TIMES)[:, None], n, axis=1)
    cloud = np.random.default_rng(0).normal(slope / 2, 0.5, 4000).astype(np.float32)
    return Strand(title=look, colour=colour, look=look, times=TIMES, paths=paths,
                  here=paths[16], cloud=cloud)  # fmt: skip


def table(samples: int = 0) -> DensityTable:
    """All mass within 0.5 of 2 before t = 1/2 and of -2 after it."""
    times, x = np.linspace(0, 1, 65), np.linspace(-3.96875, 3.96875, 128)
    middle = np.where(times < 0.5, 2.0, -2.0)[:, None]
    values = (np.abs(x - middle) < 0.5).astype(float)
    return DensityTable(times=times, x=x, values=values, now=values[0], samples=samples)


def plane(*strands: Strand, density: DensityTable | None = None, **fields: object) -> TimePlane:
    count = strands[0].paths.shape[1] if strands else 0
    made = TimePlane(key=(), name="x", reach=REACH, density=density, strands=strands,
                     colours=[RED, BLUE][:count], ends=(DARK.source, DARK.target))  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def stage(t: float = 0.5, theme: Theme = DARK, words: float = 1.0) -> Stage:
    return Stage(Frame(t=t, theme=theme, words=words), WIDE, HIGH, 1.0, False, Scratch())


def painted(shown: TimePlane, on: Stage) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    image.fill(rgba(on.theme.canvas))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_time_plane(painter, on, shown)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


def near(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(picture - np.array(colour)).sum(-1) < 60


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_the_play_head_is_a_line_where_t_is(t: float) -> None:
    shown, on = plane(strand(SMOOTH, 0.0)), stage(t)
    axes = axes_of(shown, on)
    rows = slice(int(axes.y(-2.2)), int(axes.y(-2.8)))  # where nothing else is
    there, elsewhere = (painted(shown, stage(k))[rows].astype(float) for k in (t, 0.6))
    changed = np.abs(there - elsewhere).sum((0, 2))
    columns = np.arange(len(changed)) + 0.5
    changed[np.abs(columns - float(axes.x(t))) > 20] = 0
    middle = (changed * columns).sum() / changed.sum()
    assert changed.any()
    assert middle == pytest.approx(float(axes.x(t)), abs=0.6)


@pytest.mark.parametrize("slope", [-3.0, 2.0])
@pytest.mark.parametrize("words", [1.0, 1.5])
def test_a_path_lies_at_the_pixels_of_its_times_and_places(slope: float, words: float) -> None:
    shown, on = plane(strand(SMOOTH, slope, DARK.dim)), stage(0.0, words=words)
    axes = axes_of(shown, Stage(on.frame, WIDE / words, HIGH / words, 1.0, False, Scratch()))
    red = near(painted(shown, on), RED)
    for t in (0.25, 0.75):
        column = round(words * float(axes.x(t)))
        rows = np.flatnonzero(red[:, column]) + 0.5
        assert rows.mean() / words == pytest.approx(float(axes.y(slope * t)), abs=1.0)


def test_the_density_lies_at_its_times_and_places_and_is_blank_elsewhere() -> None:
    shown, on = plane(density=table()), stage()
    axes = axes_of(shown, on)
    picture = painted(shown, on)

    def at(t: float, value: float) -> list[int]:
        around = picture[int(axes.y(value)) - 1 : int(axes.y(value)) + 2, int(axes.x(t))]
        return np.median(around, axis=0).astype(int).tolist()

    green, blank = np.array(at(0.27, 2.1)), np.array(DARK.canvas)
    assert green[1] > green[0] + 50
    assert np.abs(np.array(at(0.72, -2.1)) - green).max() < 12
    for place in ((0.27, -2.1), (0.72, 2.1), (0.27, 0.2)):
        assert np.abs(np.array(at(*place)) - blank).max() < 12


def test_an_estimate_is_not_green() -> None:
    shown, on = plane(density=table(samples=100)), stage(theme=LIGHT)
    axes = axes_of(shown, on)
    colour = painted(shown, on)[int(axes.y(2.1)), int(axes.x(0.27))]
    assert colour.max() - colour.min() < 25


def test_what_is_unknown_is_clear() -> None:
    image = shaded(np.array([[np.nan, 0.0, 0.5, 9.0]]), 1.0, RED)
    alphas = [image.pixelColor(k, 0).alpha() for k in range(4)]
    assert alphas[:2] == [0, 0]
    assert 0 < alphas[2] < alphas[3] < 255


def test_a_spike_does_not_fade_all_the_rest() -> None:
    values = np.ones((33, 8))
    values[-1, 3] = 1000.0
    made = DensityTable(times=np.linspace(0, 1, 33), x=np.arange(8.0), values=values,
                        now=values[0], samples=0)  # fmt: skip
    assert made.top == pytest.approx(2.5)
    assert made.peak == pytest.approx(1000.0)


def test_two_processes_of_one_particle_differ_without_colour() -> None:
    """A smooth path is more than twice as wide as a jagged one."""
    widths = {}
    for look in (SMOOTH, JAGGED):
        shown, on = plane(strand(look, 0.0)), stage(0.0)
        axes = axes_of(shown, on)
        part = painted(shown, on)[:, int(axes.x(0.4)) : int(axes.x(0.6))]
        row = slice(int(axes.y(0.3)), int(axes.y(-0.3)))
        strength = np.abs(part[row] - np.array(DARK.canvas)).sum(-1) / 300
        widths[look] = strength.sum(0).mean()
    assert widths[SMOOTH] > 1.6 * widths[JAGGED]


def test_a_path_that_stops_early_ends_where_it_stops() -> None:
    early = replace(strand(SMOOTH, 0.0), times=0.9 * TIMES)
    shown, on = plane(early, ends=(BLUE, BLUE)), stage(0.5)
    axes = axes_of(shown, on)
    row = near(painted(shown, on), BLUE)[round(float(axes.y(0))), : round(float(axes.side.x)) - 6]
    columns = np.flatnonzero(row)
    assert columns.max() == pytest.approx(float(axes.x(0.9)), abs=4)


def test_pointing_at_a_path_fades_the_others() -> None:
    both = plane(strand(SMOOTH, 1.0, DARK.dim, n=2))
    both.strands[0].paths[:, 1] *= -1
    alone = replace(both, bold=[0], key=1)
    plain, pointed = (near(painted(each, stage(0.0)), BLUE).sum() for each in (both, alone))
    assert pointed < 0.2 * plain
    assert near(painted(alone, stage(0.0)), RED).sum() > near(painted(both, stage(0.0)), RED).sum()


def test_the_still_part_is_the_same_from_its_image() -> None:
    shown, on = plane(strand(SMOOTH, 1.0), strand(JAGGED, -1.0), density=table()), stage(0.4)
    first, second, third = (painted(shown, on) for _ in range(3))
    assert np.abs(first - third).max() <= 3
    assert (second == third).all()


def test_a_histogram_is_a_density_of_all_particles() -> None:
    cloud = np.random.default_rng(1).normal(0, 1, 5000).astype(np.float32)
    cloud[:100], cloud[100:200] = np.nan, 50.0
    made = histogram(cloud, REACH)
    mass = made.values.sum() * (made.edges[1] - made.edges[0])
    assert mass == pytest.approx(0.96, abs=1e-3)
    assert made.outside == pytest.approx(0.04, abs=1e-3)
    numpys = np.histogram(cloud[200:], made.edges)[0]
    ours = made.values * 5000 * (made.edges[1] - made.edges[0])
    assert np.abs(ours - numpys).sum() <= 4  # at the edges, by rounding


def test_the_histogram_beside_lies_at_the_clouds_places() -> None:
    shown, on = plane(strand(SMOOTH, 4.0, BLUE)), stage(0.5)
    axes = axes_of(shown, on)
    left = int(axes.side.x + 0.25 * axes.side.width)
    rows = np.flatnonzero(near(painted(shown, on), BLUE)[:, left:].any(1))
    middle = (axes.y(3.2) + axes.y(0.8)) / 2  # the cloud is around 2
    assert rows.mean() == pytest.approx(float(middle), abs=14)


@pytest.mark.parametrize(("width", "height"), [(320, 240), (520, 480), (1500, 900)])
def test_the_axes_lie_within_the_canvas(width: float, height: float) -> None:
    axes = TimeAxes.of(width, height, 60.0, REACH)
    for box in (axes.plot, axes.side):
        assert box.x > 0
        assert box.width >= 40
        assert box.x + box.width <= width
        assert box.y + box.height <= height
    assert axes.plot.x + axes.plot.width < axes.side.x


def test_it_is_written_as_vectors() -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(WIDE, HIGH))
    painter = QPainter(generator)
    on = replace(stage(), vector=True, frame=replace(stage().frame, quality="export"))
    paint_time_plane(painter, on, plane(strand(SMOOTH, 1.0), strand(JAGGED, 2.0), density=table()))
    painter.end()
    text = bytes(buffer.data().data()).decode()
    assert text.count("<image") == 1 + 1 + 2  # the density, its bar and a strip of each process
    assert "<polyline" in text
    assert "smooth" in text
