"""Colours and type sizes of the light and the dark theme; each colour has one meaning."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """The palette of one theme; words have a contrast of at least 4.5 to 1 with their ground.

    Amber words need a darker shade in light: `colours.as_text` finds it.
    """

    name: str
    canvas: Colour  # background of the picture
    panel: Colour  # background of the panels
    raised: Colour  # cards, inputs
    line: Colour  # borders and grid lines
    text: Colour
    dim: Colour  # secondary text
    source: Colour  # amber
    target: Colour  # blue
    exact: Colour  # green
    learned: Colour  # violet, the accent
    raw: Colour  # magenta: particles of the raw weights
    on_accent: Colour  # text upon the accent
    wall: Colour
    warn: Colour
    particle: Colour  # the moving cloud half way between source and target

    @property
    def dark(self) -> bool:
        """True in the dark theme, where particles are light that adds up; in light they are ink."""
        return sum(self.canvas) < 384


DARK = Theme(
    "dark",
    canvas=(15, 18, 25),
    panel=(23, 26, 34),
    raised=(30, 34, 43),
    line=(44, 49, 60),
    text=(236, 238, 243),
    dim=(151, 158, 172),
    source=(245, 166, 35),
    target=(74, 158, 255),
    exact=(52, 199, 143),
    learned=(167, 139, 250),
    raw=(255, 92, 168),
    on_accent=(20, 16, 36),
    wall=(160, 166, 178),
    warn=(255, 122, 110),
    particle=(236, 238, 243),
)
LIGHT = Theme(
    "light",
    canvas=(247, 247, 243),
    panel=(255, 255, 255),
    raised=(241, 240, 236),
    line=(218, 217, 211),
    text=(24, 27, 34),
    dim=(88, 93, 104),
    source=(201, 119, 0),
    target=(31, 105, 216),
    exact=(11, 122, 87),
    learned=(109, 70, 214),
    raw=(190, 24, 110),
    on_accent=(255, 255, 255),
    wall=(92, 97, 108),
    warn=(190, 40, 26),
    particle=(24, 27, 34),
)
THEMES = {"dark": DARK, "light": LIGHT}

FONT_BODY, FONT_SMALL, FONT_HEADING = 13, 11, 16  # px at 100 %
