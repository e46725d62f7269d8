from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from flowlab.core.blending.settings import Blending
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Ring
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.scene import canvas
from flowlab.scene.base.colours import mix, moving
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.furniture.caption import wrapped
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.particles.particles import count_nonfinite
from tests.helpers.pictures import DOTS, NOTHING, seen

CLASSES = Document(
    source=named("gaussian"),
    target=Ring(count=4),
    network=Network(width=8, depth=1, conditional=True),
    training=Training(batch=32, label_dropout=0.1),
    view=View(particles=200),
    diffusion=Diffusion(T=200, steps=10, langevin_steps=20, score_steps=20, bound_points=16),
    reflected=Reflected(steps=40, reverse_steps=30, flow_steps=20),
    blending=Blending(steps=4, chains=30, fan=3, cells=16, samples=300),
)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("dpr", [1.0, 2.0])
def test_a_particle_is_painted_where_it_is(scenes, theme, dpr):
    bundle = scenes.straight([[-3.1, 1.7]], [[2.3, -1.1]])
    frame = scenes.frame_of(bundle, 0.3, view=DOTS, theme=theme)
    x, y = 0.7 * np.array([-3.1, 1.7]) + 0.3 * np.array([2.3, -1.1])
    expected = dpr * np.array([150 + 20 * x, 120 - 20 * y])  # 240 pixels for 12 units
    amount = scenes.ink(frame, seen(frame, view=NOTHING), dpr=dpr)
    assert scenes.centroid(amount) == pytest.approx(expected, abs=0.6)
    assert 4 * dpr**2 < (amount > 60).sum() < 45 * dpr**2


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_cloud_has_its_colour_at_both_ends(scenes, theme):
    bundle = scenes.straight([[0.825, 0.825]], [[0.825, 0.825]])
    for t in (0.0, 1.0):
        colour = moving(theme, t)
        picture = scenes.painted(scenes.frame_of(bundle, t, view=DOTS, theme=theme))
        here = picture[103, 166] - theme.canvas  # light adds its colour; ink moves towards its
        there = np.array(colour, float) - (0 if theme.dark else np.array(theme.canvas))
        cosine = here @ there / np.linalg.norm(here) / np.linalg.norm(there)
        assert cosine > 0.985


def test_colours_mix_evenly_in_lightness():
    """OKLab: grey half way between black and white has the lightness cube of a half."""
    assert mix((0, 0, 0), (255, 255, 255), 0.5) == (99, 99, 99)  # Y = 0.125, sRGB 99.1
    assert moving(DARK, 0.5) == DARK.particle


def test_trails_lie_behind_their_particles(scenes):
    bundle = scenes.straight([[-4, 0]], [[4, 0]])
    with_trail = scenes.frame_of(bundle, 0.5, view=replace(DOTS, show_trails=True, trail=0.25))
    amount = scenes.ink(with_trail, seen(with_trail, view=DOTS))
    columns = np.flatnonzero(amount.sum(0) > 6)
    assert 110 <= columns.min() <= 120  # a quarter of 160 pixels back from the middle, fading
    assert columns.max() <= 152


def test_not_finite_particles_are_counted_and_not_drawn(scenes):
    good = scenes.gaussian_bundle(50)
    points = good.points.copy()
    points[1, :20] = np.nan
    broken = Bundle(times=good.times, points=points)
    assert count_nonfinite(broken, 0.0) == 0
    assert count_nonfinite(broken, 0.5) == 20
    frame = scenes.frame_of(broken, 0.5, view=View(show_density=True, show_contours=True))
    assert np.ptp(scenes.painted(frame)) > 0


def test_nothing_to_show_is_ground_and_grid(scenes):
    picture = scenes.painted(scenes.frame_of(None))
    ground = (picture == DARK.canvas).all(-1)
    assert 0.9 < ground.mean() < 1.0
    assert np.ptp(picture, axis=-1).max() < 40  # lines and digits are neutral


def test_a_blend_lies_between_old_and_new(scenes):
    old, new = scenes.straight([[-2, 0]], [[-2, 0]]), scenes.straight([[2, 0]], [[2, 0]])
    for blend, x in ((0.0, -2), (0.5, 0), (0.25, -2 + 4 * 0.15625), (1.0, 2)):
        frame = scenes.frame_of(new, 0.5, view=DOTS, blend_from=old, blend=blend)
        assert frame.at(0.5)[0] == pytest.approx((x, 0), abs=1e-6)
        amount = scenes.ink(frame, seen(frame, view=NOTHING))
        assert scenes.centroid(amount)[0] == pytest.approx(150 + 20 * x, abs=0.6)


def test_another_number_of_particles_does_not_blend(scenes):
    frame = scenes.frame_of(
        scenes.gaussian_bundle(30), blend_from=scenes.gaussian_bundle(20), blend=0.2
    )
    np.testing.assert_array_equal(frame.at(0.5), frame.bundle.at(0.5))


def test_scratch_changes_nothing(scenes):
    scratch, bundle = Scratch(), scenes.gaussian_bundle()
    view = View(show_density=True, show_contours=True)
    for t in (0.2, 0.7, 0.2):
        frame = scenes.frame_of(bundle, t, view=view)
        np.testing.assert_array_equal(scenes.painted(frame, scratch=scratch), scenes.painted(frame))


def test_the_backdrop_follows_theme_camera_and_samples(scenes):
    scratch = Scratch()
    frames = [
        scenes.frame_of(scenes.gaussian_bundle(seed=0)),
        scenes.frame_of(scenes.gaussian_bundle(seed=1)),
        scenes.frame_of(scenes.gaussian_bundle(seed=1), theme=LIGHT),
        scenes.frame_of(scenes.gaussian_bundle(seed=1), theme=LIGHT, half_height=3.0),
    ]
    for frame in frames:
        with_memory = scenes.painted(frame, scratch=scratch)
        np.testing.assert_array_equal(with_memory, scenes.painted(frame))


def test_paths_run_from_an_amber_to_a_blue_dot(scenes):
    bundle = scenes.straight([[-4, 2]], [[4, 2]])
    view = replace(NOTHING, show_paths=True, highlighted=1)
    picture = scenes.painted(scenes.frame_of(bundle, 0.5, view=view))
    assert picture[80, 70] == pytest.approx(DARK.source, abs=25)
    assert picture[80, 230] == pytest.approx(DARK.target, abs=25)
    past = np.abs(picture[78:83, 90:140] - DARK.canvas).sum(-1).max(0).mean()
    future = np.abs(picture[78:83, 162:220] - DARK.canvas).sum(-1).max(0).mean()
    assert past > 2 * future > 20


def test_a_pinned_particle_has_rings_even_without_paths(scenes):
    bundle = scenes.straight([[-4, 2], [-4, -2]], [[4, 2], [4, -2]])
    frame = scenes.frame_of(bundle, 0.5, view=NOTHING)
    amount = scenes.ink(replace(frame, pinned=(1,)), frame)
    assert amount[:115].sum() == 0
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = (160 + 7 * np.sin(angles)).round().astype(int), (70 + 7 * np.cos(angles)).astype(int)
    assert (amount[ring] > 60).mean() > 0.7


BETWEEN_WALLS = {"paint_ground", "paint_particles", "paint_walls", "paint_bounced"}
LAYERS = {  # the layers that leave ink, with the views' own switches
    "trajectories": {"paint_particles", "paint_paths"},
    "density": {"paint_density", "paint_contours"},
    "field": {"paint_particles", "paint_arrows"},
    "grid": {"paint_particles", "paint_lattice"},
    "chain": {"paint_cloud", "paint_chain", "paint_chain_key"},
    "blending": {"paint_cloud", "paint_blends", "paint_blend_key"},
    "mapping": {"paint_cloud", "paint_mapping", "paint_mapping_key"},
    "tangent_field": {"paint_tangents", "paint_tangent_key"},
    "conditions": {"paint_particles", "paint_paths"},
    "processes": {"paint_particles", "paint_paths"},
    "time_plane": {"paint_processes"},
    "characteristics": {"paint_particles", "paint_curves", "paint_cell"},
    "round_trip": {"paint_particles", "paint_ways", "paint_paths"},
    "strip": {"paint_particles"},
    "race": {"paint_particles", "paint_paths"},
    "likelihood": {"paint_map"},
    "divergence": {"paint_map"},
    "samplers": {"paint_particles", "paint_paths"},
    "noising": {"paint_particles", "paint_marks"},
    "diffusion_time_plane": {"paint_samplers"},
    "faces": {"paint_face"},
    "langevin_dynamics": {"paint_particles", "paint_paths"},
    "class_guidance": {"paint_particles", "paint_paths", "paint_scores"},
    "counterfactual": {"paint_particles", "paint_paths", "paint_difference", "paint_point"},
    "learned_scores": {"paint_map", "paint_score"},
    "elbo": {"paint_elbo"},
    "latent_model": {"paint_latent"},
    "memorisation": {"paint_expected", "paint_particles", "paint_paths", "paint_training_points"},
    "reflected_motion": {"paint_particles", "paint_bounced"},  # the walls lie beyond the picture
    "reflected_time_plane": {"paint_motion"},
    "ways_to_stay": BETWEEN_WALLS,
    "reflected_sampling": BETWEEN_WALLS,
    "guidance_in_walls": BETWEEN_WALLS,
    "forward_and_reverse": BETWEEN_WALLS,
    "step_in_walls": {"paint_step"},  # likewise
    "wall_score": {"paint_map", "paint_walls"},
    "flow_between_walls": {"paint_ground", "paint_particles", "paint_walls", "paint_paths"},
    "heat_kernel": {"paint_map", "paint_walls", "paint_point"},
    "wall_tones": {"paint_map", "paint_walls"},
    "wall_likelihood": {"paint_map", "paint_walls"},
}


@pytest.fixture(scope="module")
def learned():
    """The results of a conditional network after a few steps."""
    trainer = Trainer(CLASSES)
    trainer.advance(3)
    return field_of(CLASSES, trainer.weights())


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_paints_what_its_plan_has_computed(scenes, monkeypatch, learned, name):
    """Leaving out any layer changes the picture."""
    document = replace(CLASSES, view=replace(CLASSES.view, name=name))
    told = ("conditions", "class_guidance", "counterfactual")
    field = learned if name in told else oracle_for(document)
    if name == "wall_score":
        network = Network(predicts="score_between_walls", width=8, depth=1)
        document = replace(document, network=network)
        field = field_of(document, Trainer(document).weights())
    bundle = plan_of(name)(document, field, PlanOptions())
    frame = scenes.frame_of(bundle, view=document.view, blending=document.blending, legend=True)
    whole, drawing, left = scenes.painted(frame, 600, 480), drawing_of(name), set()
    for layer, without in _without_each(drawing):
        monkeypatch.setattr(canvas, "drawing_of", lambda _, without=without: without)
        if np.abs(scenes.painted(frame, 600, 480) - whole).sum() > 5000:
            left.add(layer.__name__)
    assert left == LAYERS[name]


def _without_each(drawing):
    """Each layer of a view, and the view without it."""
    if drawing.ground is not None:
        yield drawing.ground.layer, replace(drawing, ground=None)
    for layer in drawing.layers:
        others = tuple(other for other in drawing.layers if other is not layer)
        yield layer, replace(drawing, layers=others)


def test_a_view_that_is_not_there_is_named():
    with pytest.raises(Invalid, match="'films' is not one of"):
        View(name="films")


def test_legend_and_caption_are_at_the_bottom(scenes):
    frame = scenes.frame_of(scenes.gaussian_bundle(), view=NOTHING, legend=True, caption="RK4")
    amount = scenes.ink(frame, replace(frame, legend=False, caption=""), width=600)
    assert amount[:210].sum() == 0
    assert amount[210:, :300].sum() > 2000
    assert amount[210:, 540:].sum() > 500


PARTS = ["5,000 particles", "ODE RK4 8", "SDE, 80 steps", "exact score", "training step 12,000"]


@pytest.mark.parametrize(
    ("across", "lines"),
    [
        ("5,000 particles · ODE RK4 8 · SDE, 80 steps · exact score · training step 12,000", 1),
        ("5,000 particles · ODE RK4 8 · SDE, 80 steps", 2),
        ("5,000 particles · ODE RK4 8", 3),
    ],
)
def test_a_caption_takes_as_many_lines_as_it_needs(qapp, across, lines):
    metrics = QFontMetricsF(small_font())
    found = wrapped(" · ".join(PARTS), metrics.horizontalAdvance(across) + 3)
    assert len(found) == lines
    assert " · ".join(found) == " · ".join(PARTS)
    assert found[0] == across


LAST = "last velocity at t = 1 − h/2"


@pytest.mark.parametrize("room", [95.0, 120.0, 165.0, 250.0])
def test_nothing_of_a_caption_is_lost_in_a_narrow_picture(qapp, room):
    """A long part is broken between words, and no line is wider than the picture."""
    caption = " · ".join([*PARTS[:2], LAST, PARTS[-1]])
    found = wrapped(caption, room)
    metrics = QFontMetricsF(small_font())
    assert max(map(metrics.horizontalAdvance, found)) <= room
    said = " ".join(found).replace("\u00a0", " ").replace(" · ", " ").split()
    assert said == caption.replace(" · ", " ").split()


def test_a_caption_in_a_picture_too_narrow_for_it_keeps_its_first_and_last_part(qapp):
    parts = [*PARTS[:2], *[LAST] * 6, PARTS[-1]]
    found = wrapped(" · ".join(parts), 125.0)
    assert (found[0], found[-1]) == (parts[0], parts[-1])
    assert len(found) <= 6
    assert wrapped(" · ".join(PARTS), 20.0) == []
