"""The story of motion between walls: the walls' push, and where particles meet them."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import Motion, motion_of
from flowlab.scene.base.style import Theme
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.reflected.wall_kind import wall_kind
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

READ = (
    "Noise is added step by step, dX = g dB + dL: a step that would cross a wall goes on as a "
    "billiard ball does. The process runs from the data, at t = 1, to t = 0, where {left}. Rings "
    "mark where the chosen particles met a wall."
)
READ_TIME = (
    "Time runs from the data at the right, t = 1, to the left: one coordinate of dX = g dB + dL, "
    "between the furthest walls. Each particle has one colour; a ring marks where it met a wall. "
    "Behind the paths lies the density of all particles; at t = 0 {left}."
)
ONE_ROOM = "nothing but the uniform law is left"
ROOMS = "nothing is left in each room but how many began there, spread evenly over it"
FIGURES = {
    "sigma": ("σ", "Standard deviation of the noise added since the data, for each coordinate"),
    "push": (
        "local time L",
        "How far the walls have pushed a particle back by now, in the mean over all of them, with "
        "its standard error: twice the depth beyond the wall at every bounce",
    ),
    "uniform": (
        "of the uniform law",
        "What it would be if particles had lain everywhere alike from the start: "
        "σ² × perimeter / (2 × area)",
    ),
}


HITS = (
    "How often a particle has met each stretch of the walls by now, for each unit of their length, "
    "with standard errors. The walls begin at the lower left corner and are passed "
    "counter-clockwise; holes follow"
)
ALIKE = ". Dashed: every stretch alike"
PUSH = (
    "How far the walls have pushed a particle back, against the noise that was added. Dashed: the "
    "uniform law's σ² × perimeter / (2 × area)"
)
DECAY = (
    "What is left of the walls’ slowest tone in the particles: the root mean square of density / "
    "uniform − 1, against the noise that was added. Dashed: e^(−λ₁ σ²/2) times what the data have "
    "of it. Dotted line: what so many uniform samples show by chance. Of several rooms it is the "
    "slowest tone that decays: the share in each room stays"
)
CELLS = 24  # stretches of the walls


class MotionStory(Story):
    """How the picture is read, and the walls' push on the particles at t."""

    read_words = READ

    def __init__(self) -> None:
        super().__init__()
        self.read, self.notes, self.figures = words(), words("dim"), Figures(FIGURES)
        self.rooms = words()
        self.hits = Chart("hits per length", "along the walls", tip=HITS, legend=False, height=120)
        self.push = Chart("local time L", "σ²", tip=PUSH, legend=False, height=120)
        self.decay = Chart("slowest tone", "σ²", log_y=True, tip=DECAY, legend=False, height=120)
        self._drawn: tuple[Motion | None, float] = None, -1.0
        for widget in (
            heading("Between walls"),
            self.read,
            self.notes,
            self.rooms,
            heading("The walls’ push"),
            self.figures,
            self.push,
            heading("Hits along the walls"),
            self.hits,
            heading("Becoming uniform"),
            self.decay,
        ):
            self.column.addWidget(widget)
        self.show_document(self.document)

    def show_document(self, document: Document) -> None:
        """Say what is left at t = 0 between the walls there are."""
        super().show_document(document)
        several = wall_kind(document.reflected).rooms > 1
        say(self.read, self.read_words.format(left=ROOMS if several else ONE_ROOM))
        self.hits.setToolTip(HITS if several else HITS + ALIKE)

    def renew(self) -> None:
        """Show the figures at t."""
        motion = motion_of(self.bundle)
        say(self.notes, "" if motion is None else " ".join(motion.notes))
        say(self.rooms, "" if motion is None else rooms_words(motion, self.t))
        self.figures.show_values(**_figures(motion, self.t))
        for chart in (self.push, self.decay):
            chart.mark(None if motion is None else motion.added(self.t))
        if (motion, self.t) != self._drawn:
            if motion is not self._drawn[0]:
                self.push.show_curves(*push_curves(motion))
                self.decay.show_curves(*decay_curves(motion))
            self._drawn = motion, self.t
            self.hits.show_curves(*hit_curves(motion, self.t))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.hits.set_theme(theme)
        self.push.set_theme(theme)
        self.decay.set_theme(theme)


def _figures(motion: Motion | None, t: float) -> dict[str, str]:
    if motion is None:
        return dict.fromkeys(FIGURES, NONE)
    return {
        "sigma": f"{motion.added(t) ** 0.5:.3f}",
        "push": figure(motion.pushed(t)),
        "uniform": f"{motion.uniform_push(t):.3f}",
    }


def push_curves(motion: Motion | None) -> list[Curve]:
    """The local time against the noise's variance, and that of the uniform law."""
    if motion is None:
        return []
    variance = motion.variance[::-1]
    return [
        Curve("uniform law", variance, motion.uniform_rate * variance, "dim", dashed=True),
        Curve("local time", variance, motion.local_time[::-1], "learned"),
    ]


def hit_curves(motion: Motion | None, t: float) -> list[Curve]:
    """The hits on each stretch of the walls by now, and their mean, which all stretches of one room
    come to; several rooms may hold more particles or fewer.
    """
    if motion is None:
        return []
    hits, errors = motion.hits.along(t, motion.length, CELLS)
    edges = np.linspace(0.0, motion.length, CELLS + 1)
    bars = Curve("hits", edges, hits, "learned", bars=True, errors=errors)
    if len(motion.in_rooms(t)):
        return [bars]
    mean = np.full(CELLS + 1, hits.mean())
    return [bars, Curve("everywhere alike", edges, mean, "dim", dashed=True, level=True)]


def decay_curves(motion: Motion | None) -> list[Curve]:
    """What is left of the slowest tone: measured, expected, and by chance."""
    if motion is None or motion.decay is None:
        return []
    decay = motion.decay
    fine = np.linspace(0.0, float(decay.variance.max()), 200)
    expected, chance = decay.expected(fine), np.full(2, decay.noise)
    shown = expected > decay.noise / 10
    return [
        Curve("by chance", fine[[0, -1]], chance, "dim", level=True, faint=True),
        Curve("expected", fine[shown], expected[shown], "exact", dashed=True),
        Curve("measured", decay.variance[::-1], decay.sizes[::-1], "learned", dotted=True),
    ]


def rooms_words(motion: Motion, t: float) -> str:
    """The share of the particles in each of several rooms; empty where there is one room."""
    shares = motion.in_rooms(t)
    if not len(shares):
        return ""
    each = ", ".join(f"room {k}: {100 * share:.1f} %" for k, share in enumerate(shares, 1))
    kept = "the same at every t: nobody passes a wall" if motion.rooms_keep else "at this t"
    return f"Separate rooms. {each[0].upper()}{each[1:]}; {kept}."


class TimePlaneStory(MotionStory):
    """The same, where the picture has time across."""

    read_words = READ_TIME
