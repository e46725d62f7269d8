"""One painter for the screen and for every export, and the table of views."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from PySide6.QtGui import QImage, QPaintEngine, QPainter

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lazy_layer import later
from flowlab.scene.base.memoise import once_each
from flowlab.scene.base.stage import Layer, Scratch, Stage
from flowlab.scene.furniture.card import paint_card
from flowlab.scene.furniture.ground import paint_ground
from flowlab.scene.furniture.legend import paint_legend
from flowlab.scene.furniture.side_by_side import paint_two
from flowlab.scene.layers.clouds import paint_ends
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.error_map import paint_error_map, paint_strays
from flowlab.scene.layers.grid import paint_lattice
from flowlab.scene.layers.lens import paint_lens
from flowlab.scene.layers.pairs import paint_pairs
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.layers.vectors import paint_arrows, paint_streamlines
from flowlab.scene.particles.particles import paint_particles, paint_raw


@dataclass(frozen=True)
class ViewRow:
    """A view: its title, and the layers that draw what its plan has computed.

    `switches` override fields of the document's view, so that a row can be a fixed choice of
    layers on the same plan.
    """

    title: str
    layers: tuple[Layer, ...]
    switches: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


FLOW: tuple[Layer, ...] = (
    paint_density,
    paint_contours,
    paint_lattice,
    paint_streamlines,
    paint_particles,
    paint_raw,
    paint_pairs,
    paint_error_map,
    paint_strays,
    paint_arrows,
    paint_paths,
)


def _only(**on: Any) -> dict[str, Any]:
    """Switches with every layer off but those named."""
    names = ("particles", "trails", "density", "contours", "grid", "paths", "ends", "pairs")
    return {**{f"show_{name}": False for name in names}, "field": "none", **on}


_CLOUD: tuple[Layer, ...] = (
    paint_density,
    paint_contours,
    later("blending.blend_view", "paint_cloud"),
)
CHAIN: tuple[Layer, ...] = (
    *_CLOUD,
    later("blending.blend_support", "paint_support"),
    later("blending.chain_view", "paint_chain"),
    later("blending.blend_key", "paint_chain_key"),
)
BLENDING: tuple[Layer, ...] = (
    *_CLOUD,
    later("blending.blend_support", "paint_support"),
    later("blending.blend_view", "paint_blends"),
    paint_paths,
    later("blending.blend_key", "paint_blend_key"),
)
MAPPING: tuple[Layer, ...] = (
    *_CLOUD,
    later("blending.mapping", "paint_mapping"),
    paint_paths,
    later("blending.blend_key", "paint_mapping_key"),
)
# of the pairs' own views: no flow but that of the pairs is there to be shown
_PAIRED = {"shows": "learned", "show_raw": False, "field": "none", "show_trails": False}
_MAPPED = {"show_raw": False, "field": "none", "show_trails": False, "show_paths": False}

VIEWS: dict[str, ViewRow] = {
    "trajectories": ViewRow("Trajectories", FLOW),
    "density": ViewRow("Density", FLOW, _only(show_density=True, show_contours=True)),
    "field": ViewRow(
        "Velocity field",
        FLOW,
        _only(show_ends=True, show_particles=True, field="arrows"),
    ),
    "grid": ViewRow(
        "Deforming grid",
        FLOW,
        _only(show_ends=True, show_particles=True, show_grid=True),
    ),
    "chain": ViewRow("Chains", CHAIN, _PAIRED),
    "blending": ViewRow("Blending", BLENDING, {**_PAIRED, "show_paths": False}),
    "mapping": ViewRow("Mapping", MAPPING, _MAPPED),
    "tangent_field": ViewRow(
        "Tangent field",
        (
            later("blending.tangent_view", "paint_tangents"),
            later("blending.tangent_key", "paint_tangent_key"),
        ),
        _only(show_ends=True, shows="learned", show_raw=False),
    ),
    "conditions": ViewRow(
        "Conditions",
        (paint_density, paint_contours, paint_particles, paint_paths),
        {"shows": "learned", "colour": "time", "layout": "overlay", "show_raw": False},
    ),
}


def paint(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    *,
    scratch: Scratch | None = None,
    dpr: float = 1.0,
) -> None:
    """Paint `frame` on width x height logical pixels, each `dpr` device pixels wide.

    Pass the same `scratch` from frame to frame to reuse its memory.
    """
    scratch = scratch or Scratch()
    if frame.beside is None:
        _paint_view(painter, width, height, frame, scratch, dpr)
    else:
        paint_two(painter, width, height, frame, scratch, dpr, _paint_view)


def _paint_view(
    painter: QPainter, width: float, height: float, frame: Frame, scratch: Scratch, dpr: float
) -> None:
    """One picture, or the several that a bundle of generations is."""
    if frame.view.name == "conditions" and frame.bundle and frame.bundle.generations:
        from flowlab.scene.blending.conditions import paint_generations

        paint_generations(painter, width, height, frame, scratch, dpr, _paint_one)
    elif frame.view.name == "tangent_field" and frame.blending.field == "beside" and frame.bundle:
        from flowlab.scene.blending.tangent_tiles import paint_fields

        paint_fields(painter, width, height, frame, scratch, dpr, _paint_one)
    else:
        _paint_one(painter, width, height, frame, scratch, dpr)


def _paint_one(
    painter: QPainter, width: float, height: float, frame: Frame, scratch: Scratch, dpr: float
) -> None:
    row = VIEWS[frame.view.name]
    frame = _asked(replace(frame, view=replace(frame.view, **row.switches)))
    stage = Stage(frame, width, height, dpr, _is_vector(painter), scratch)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_backdrop(painter, stage)
    for layer in row.layers:
        layer(painter, stage)
    paint_lens(painter, stage)
    if frame.card:
        paint_card(painter, stage)
    paint_legend(painter, stage)
    painter.restore()
    stage.scratch.sweep()


def _asked(frame: Frame) -> Frame:
    """The frame with less behind a lens or a map; the exact flow in the learned one's place."""
    if frame.lens is not None:  # what is behind the pairs steps back, and is to cost less
        frame = replace(frame, view=replace(frame.view, show_trails=False, show_paths=False))
    bundle, before = frame.bundle, frame.blend_from
    if frame.view.shows == "difference" and bundle is not None and bundle.gap is not None:
        frame = replace(frame, view=replace(frame.view, show_trails=False, show_paths=False))
    if frame.view.shows != "exact" or bundle is None or bundle.exact is None:
        return frame
    return replace(frame, bundle=bundle.exact, blend_from=before and before.exact, exact=True)


def _paint_backdrop(painter: QPainter, stage: Stage) -> None:
    """Ground, grid and the two faint clouds: still while a flow plays, so kept as one image."""
    if stage.vector:
        paint_ground(painter, stage)
        paint_ends(painter, stage)
        return
    frame, view, bundle = stage.frame, stage.view, stage.frame.bundle
    clouds = () if bundle is None or not view.show_ends else (_digest(bundle), view.layout)
    look = (frame.camera, frame.theme, frame.quality, view.layout, clouds)
    size = (stage.width, stage.height, stage.dpr)
    image = stage.scratch.keep("backdrop", (*look, *size), lambda: _backdrop(stage))
    stage.draw(painter, image, 0, 0, light=False)


def _backdrop(stage: Stage) -> QImage:
    image = QImage(*stage.device, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(stage.dpr)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_ground(painter, stage)
    paint_ends(painter, stage)
    painter.end()
    image.setDevicePixelRatio(1.0)  # to be copied as it is
    return image


@once_each
def _digest(bundle: Bundle) -> tuple[int, ...]:
    """Tells the clouds of one bundle from those of another, but not new weights from old."""
    clouds = (bundle.source, bundle.target)
    return tuple(zlib.crc32(np.ascontiguousarray(points).tobytes()) for points in clouds)


def _is_vector(painter: QPainter) -> bool:
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
