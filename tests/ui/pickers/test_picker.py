"""The picker: every distribution has a tile, by pointer and by keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.shapes import Drawing, Gaussian, Points
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.pickers.picker import Picker
from flowlab.ui.pickers.picker_controller import tile_of
from flowlab.ui.pickers.tile import ACTIONS, NAME, TILE


@pytest.fixture
def picker(qtbot, qapp):
    apply_theme(qapp, DARK)
    made = Picker()
    qtbot.addWidget(made)
    made.show()
    return made


def cloud(n=300):
    return np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)


def click(qtbot, picker, name):
    row = picker.names().index(name)
    index = picker.grid.model().index(row, 0)
    spot = picker.grid.visualRect(index).center()
    qtbot.mouseClick(picker.grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def test_every_entry_of_the_gallery_has_a_tile_then_the_three_actions(picker):
    assert picker.names() == [*(n for n in GALLERY if n != "drawing"), *ACTIONS]


def test_all_tiles_are_seen_at_once_in_a_window_720_high(picker):
    assert picker.height() <= 700
    assert not picker.grid.verticalScrollBar().isVisible()


def test_titles_are_distinct(picker):
    titles = [picker._items[name].text() for name in picker.names()]
    assert len(set(titles)) == len(titles)
    assert sum(title.startswith("8 Gaussians") for title in titles) == 4


def test_click_chooses_and_closes(qtbot, picker):
    with qtbot.waitSignal(picker.chosen) as signal:
        click(qtbot, picker, "moons")
    assert signal.args == ["moons"]
    assert not picker.isVisible()


@pytest.mark.parametrize("name", ACTIONS)
def test_action_tiles_ask_for_their_thing_only(qtbot, picker, name):
    signals = {
        "points": picker.points_requested,
        "picture": picker.picture_requested,
        "draw": picker.draw_requested,
    }
    chosen = []
    picker.chosen.connect(chosen.append)
    with qtbot.waitSignal(signals[name]):
        click(qtbot, picker, name)
    assert chosen == []


def test_arrows_and_enter_choose(qtbot, picker):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(picker.grid, key)
    expected = picker.names()[2 + 5]
    with qtbot.waitSignal(picker.chosen) as signal:
        qtbot.keyClick(picker.grid, Qt.Key.Key_Return)
    assert signal.args == [expected]


def test_typing_on_the_grid_filters_and_enter_chooses_the_first(qtbot, picker):
    qtbot.keyClick(picker.grid, "s")
    assert picker.filter.text() == "s"
    qtbot.keyClicks(picker.filter, "piral")
    assert picker.names() == ["spiral"]
    with qtbot.waitSignal(picker.chosen) as signal:
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
    assert signal.args == ["spiral"]


def test_nothing_found_says_so_and_enter_chooses_nothing(qtbot, picker):
    chosen = []
    picker.chosen.connect(chosen.append)
    qtbot.keyClicks(picker.filter, "zzz")
    assert picker.names() == []
    assert picker.nothing.isVisible()
    qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
    assert chosen == []
    assert picker.isVisible()


def test_escape_leaves_without_choosing(qtbot, picker):
    chosen = []
    picker.chosen.connect(chosen.append)
    qtbot.keyClick(picker, Qt.Key.Key_Escape)
    assert not picker.isVisible()
    assert chosen == []


def test_clouds_fill_the_tiles_and_leave_the_wanted(picker):
    wanted = picker.wanted()
    assert wanted == [n for n in GALLERY if n != "drawing"]
    picker.set_cloud("moons", cloud())
    picker.set_cloud("unknown", cloud())
    assert picker.wanted() == [n for n in wanted if n != "moons"]
    assert not picker._items["moons"].icon().isNull()
    assert picker._items["spiral"].icon().isNull()


def strongest(picker, name, channel):
    image = picker._items[name].icon().pixmap(132, 58).toImage()
    pixels = [image.pixelColor(x, y) for x in range(0, 132, 2) for y in range(0, 58, 2)]
    return max(channel(c) for c in pixels)


def test_the_cloud_wears_the_colour_of_its_role(picker):
    picker.set_cloud("moons", cloud())
    picker.set_role("source")
    assert picker.windowTitle() == "Choose the source"
    warm = strongest(picker, "moons", lambda c: c.red() - c.blue())
    picker.set_role("target")
    cold = strongest(picker, "moons", lambda c: c.blue() - c.red())
    assert warm > 60
    assert cold > 60


def tile(picker, name):
    """The pixels of a tile."""
    index = picker.grid.model().index(picker.names().index(name), 0)
    return picker.grid.viewport().grab(picker.grid.visualRect(index)).toImage()


def edge(image):
    return image.pixelColor(image.width() // 2, 2).getRgb()[:3]


def inner(image):
    return image.pixelColor(image.width() // 2, 5).getRgb()[:3]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_what_is_in_use_and_what_enter_would_choose_look_different(picker, theme):
    picker.set_theme(theme)
    picker.set_in_use("moons")
    both = tile(picker, "moons")
    picker.select("spiral")
    in_use, selected, other = (tile(picker, name) for name in ("moons", "spiral", "rings"))
    assert edge(selected) == edge(both) == theme.text
    assert edge(in_use) == edge(other) != theme.text
    assert inner(in_use) == inner(both) == theme.learned
    assert inner(selected) == inner(other) == theme.raised
    spot = TILE.width() - 2 - 11, 2 + 12 - 5  # above the tick, on its disc
    assert in_use.pixelColor(*spot).getRgb()[:3] == theme.learned
    assert selected.pixelColor(*spot).getRgb()[:3] == theme.raised


def test_the_picker_begins_at_what_is_in_use(picker):
    picker.set_in_use("moons")
    assert picker.grid.currentIndex().data(NAME) == "moons"
    role = Qt.ItemDataRole.AccessibleDescriptionRole
    assert picker._items["moons"].data(role) == "in use"
    picker.set_in_use("")
    assert picker.grid.currentIndex().row() == 0
    assert not [item for item in picker._items.values() if item.data(role)]


@pytest.mark.parametrize("name", [n for n in GALLERY if n != "drawing"])
def test_each_of_the_gallery_s_shapes_has_its_tile(name):
    assert tile_of(GALLERY[name][1]) == name


def test_what_is_drawn_or_brought_in_has_an_action_s_tile():
    assert tile_of(Drawing()) == "draw"
    assert tile_of(Points()) == "points"
    assert tile_of(Gaussian(scale=3.21)) == tile_of(None) == ""
