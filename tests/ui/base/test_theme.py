"""Palette, style sheet and icons of both themes."""

import re

import numpy as np
import pytest
from PySide6.QtGui import QAction, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton

from flowlab.core.document.document import Document
from flowlab.resources import asset
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.icons import current_theme, icon, set_icon
from flowlab.ui.base.theme import apply_theme, faint, font, mix, style_sheet, system_theme
from tests.helpers.pictures import NOTHING, gaussian_bundle, painted

NAMES = (
    "play pause step reverse loop once bounce brush eraser line polygon spray move trash undo redo "
    "mirror open save export settings plus sun moon"
)


@pytest.fixture(params=[DARK, LIGHT], ids=lambda theme: theme.name)
def theme(request, qapp):
    apply_theme(qapp, request.param)
    yield request.param
    apply_theme(qapp, DARK)


def luminance(rgb):
    """Relative luminance by WCAG 2.2."""
    c = [v / 255 for v in rgb]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in c)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_formula_gives_21_for_black_on_white():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


@pytest.mark.parametrize("ground", ["panel", "raised", "canvas"])
@pytest.mark.parametrize("ink", ["text", "dim", "warn"])
def test_text_reads_on_every_ground(theme, ink, ground):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("ink", ["text", "dim", "warn"])
def test_text_reads_under_the_mouse_and_on_a_notice(theme, ink):
    hover, wash = mix(theme.raised, theme.text, 0.07), mix(theme.panel, theme.learned, 0.18)
    for ground in (hover, wash):
        assert contrast(getattr(theme, ink), ground) >= 4.5


def test_text_reads_on_the_accent(theme):
    for ground in (theme.learned, mix(theme.learned, theme.text, 0.15)):
        assert contrast(theme.on_accent, ground) >= 4.5


@pytest.mark.parametrize("ground", ["panel", "raised"])
def test_words_of_disabled_controls_are_found(theme, ground):
    """WCAG asks nothing of them; fainter than all others, they are still read from nearby."""
    assert 3 <= contrast(faint(theme), getattr(theme, ground)) < contrast(theme.dim, theme.panel)


@pytest.mark.parametrize("layout", ["numbers", "legend"])
def test_words_in_pictures_read(theme, layout, qapp):
    """The darkest or lightest pixels of the words themselves, against the canvas."""
    document = Document(view=NOTHING)
    bundle = gaussian_bundle(4)
    frame = Frame(bundle=bundle, document=document, theme=theme, legend=layout == "legend")
    picture = painted(frame, 640, 480)
    part = picture[:16] if layout == "numbers" else picture[-24:]
    inks = part.reshape(-1, 3)
    strongest = max(contrast(tuple(rgb), theme.canvas) for rgb in np.unique(inks, axis=0).tolist())
    assert strongest >= 4.5


def test_focus_ring_stands_out(theme):
    assert contrast(theme.learned, theme.panel) >= 3


def test_palette_pairs_read(theme, qapp):
    role, palette = QPalette.ColorRole, qapp.palette()
    for ink, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.PlaceholderText, role.Base),
    ):
        pair = [palette.color(r).getRgb()[:3] for r in (ink, ground)]
        assert contrast(*pair) >= 4.5, ink


def test_window_and_button_paint_in_theme_colours(theme, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    button = QPushButton("Train", window)
    button.setObjectName("primary")
    button.setGeometry(20, 20, 120, 32)
    window.resize(200, 100)
    image = window.grab().toImage()
    assert image.pixelColor(180, 90).getRgb()[:3] == theme.panel
    assert image.pixelColor(26, 36).getRgb()[:3] == theme.learned


def test_style_sheet_is_filled_in_and_its_files_exist(theme):
    sheet = style_sheet(theme)
    assert "$" not in sheet
    files = re.findall(r'url\("(.+?)"\)', sheet)
    assert files
    for name in files:
        assert (asset("icons") / name.rsplit("/", 1)[1]).is_file()


@pytest.mark.parametrize(("file", "colour"), [("check", "on_accent"), ("chevron", "dim")])
def test_drawn_marks_have_the_themes_colour(theme, file, colour):
    svg = asset(f"icons/{file}-{theme.name}.svg").read_text()
    assert "#{:02x}{:02x}{:02x}".format(*getattr(theme, colour)) in svg


def test_figures_are_all_of_one_width(theme):
    button = QPushButton()
    button.setFont(font())
    assert len({button.fontMetrics().horizontalAdvance(d) for d in "0123456789"}) == 1
    assert font().pixelSize() == 13


@pytest.mark.parametrize("name", NAMES.split())
def test_icon_has_ink_of_the_text_colour(theme, name):
    image = icon(name, theme).pixmap(32, 32).toImage()
    inks = {
        image.pixelColor(x, y).getRgb()[:3]
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert theme.text in inks


def test_checked_icon_wears_the_accent(theme):
    image = icon("pause", theme).pixmap(32, 32, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert image.pixelColor(11, 16).getRgb()[:3] == theme.learned


def test_icons_follow_a_change_of_theme(qapp, qtbot):
    apply_theme(qapp, DARK)
    window = QMainWindow()
    qtbot.addWidget(window)
    action = QAction("Play", window)
    window.addAction(action)
    set_icon(action, "pause")
    for theme in (LIGHT, DARK):
        apply_theme(qapp, theme)
        assert current_theme() is theme
        pixel = action.icon().pixmap(32, 32).toImage().pixelColor(11, 16)
        assert pixel.getRgb()[:3] == theme.text


def test_system_theme_is_one_of_ours(qapp):
    assert system_theme() in ("dark", "light")


def test_application_icon_is_ours(theme, qapp):
    assert QApplication.windowIcon().pixmap(64, 64).toImage().pixelColor(19, 32).red() > 200
