"""The first room: draw two distributions, train, watch, scrub."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from flowlab.core.bundle import Bundle
from flowlab.core.document import METHODS, Document
from flowlab.core.shapes import Shape
from flowlab.scene.style import Theme
from flowlab.ui.canvas_view import CanvasView
from flowlab.ui.document_store import DocumentStore
from flowlab.ui.drawing_desk import DrawingDesk
from flowlab.ui.engine_link import EngineLink
from flowlab.ui.flow_switch import FlowSwitch
from flowlab.ui.left_panel import LeftPanel
from flowlab.ui.lens_tool import LensTool
from flowlab.ui.line_desk import LineDesk
from flowlab.ui.look_back import LookBack
from flowlab.ui.playback import Playback
from flowlab.ui.reflow_desk import ReflowDesk
from flowlab.ui.right_panel import RightPanel

if TYPE_CHECKING:
    from flowlab.ui.frame_overlay import FrameOverlay

STATUS_SECONDS = 0.2
MAX_PINS = 24


class FlowRoom(QWidget):
    """Left what the experiment is, right what it is doing, between them the picture."""

    choose = Signal(str)

    def __init__(
        self,
        store: DocumentStore,
        link: EngineLink,
        playback: Playback,
    ) -> None:
        super().__init__()
        self.store, self.link, self.playback = store, link, playback
        self.left, self.right = LeftPanel(store.document), RightPanel()
        self.canvas = CanvasView(playback.budget)
        self.desk = DrawingDesk(self.canvas, store)
        self.lines, self.reflow = LineDesk(self.canvas, store), ReflowDesk(link, store)
        self.lens = LensTool(self.canvas, link)
        self.shows = FlowSwitch(self.canvas)
        self.moments = LookBack(link, self.canvas)
        self.overlay: FrameOverlay | None = None
        self._status_due = 0.0
        self._shown: Bundle | None = None  # the newest that came from the engine
        self._probed: tuple[np.ndarray, int] | None = None  # the point, and its t
        self._wish: bool | None = None  # to train or to pause, until the engine has done so
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget, stretch in ((self.left, 0), (self.canvas, 1), (self.right, 0)):
            row.addWidget(widget, stretch)
        self._connect()
        self.canvas.set_view(store.document.view)
        self.shows.show_choice(store.document.view.shows)

    def _connect(self) -> None:
        left, store, canvas = self.left, self.store, self.canvas
        store.changed.connect(self._document_changed)
        left.edited.connect(lambda document, text, key: store.edit(document, text, key))
        left.settled.connect(store.settle)
        left.choose.connect(self.choose)
        left.draw.connect(self.desk.open)
        left.train.connect(self.toggle_training)
        left.step.connect(self.step_once)
        left.reset.connect(self.reset)
        left.coupling.draw_wanted.connect(self.draw_lines)
        left.coupling.reflow_wanted.connect(self.reflow.toggle)
        self.lines.switched.connect(left.coupling.show_drawing)
        self.desk.opened.connect(self.lines.close)
        self.reflow.taken.connect(self.train)
        canvas.hovered.connect(self._show_particle)
        canvas.pinned.connect(self.toggle_pin)
        canvas.probe_wanted.connect(self._probe)
        canvas.probe_dropped.connect(self._drop_probe)
        self.shows.chosen.connect(self.choose_flow)
        self.link.ready.connect(self._engine_ready)
        self.playback.ticked.connect(self._tick)
        self.playback.moved.connect(canvas.show_t)
        self.playback.moved.connect(self.right.metrics.show_t)
        self.right.metrics.wanted.connect(self._measure)

    def choose_flow(self, key: str) -> None:
        """Show the learned flow, the exact one, or their difference."""
        document = self.store.document
        self.store.settle()
        view = replace(document.view, shows=key)
        self.store.edit(replace(document, view=view), f"Show {key}", "shows")
        self.store.settle()

    # training

    @property
    def training(self) -> bool:
        """True while the trainer runs, or has been told to."""
        status = self.link.status()
        running = status is not None and status.state == "training"
        if status is not None and (running == self._wish or status.reason):
            self._wish = None
        return running if self._wish is None else self._wish

    def toggle_training(self) -> None:
        """Train, or pause."""
        self._wish = not self.training
        if self._wish:
            self.link.call(lambda engine: engine.train())
        else:
            self.link.call(lambda engine: engine.pause())
        self._status_due = 0.0

    def train(self) -> None:
        """Train, unless it does already."""
        if not self.training:
            self.toggle_training()

    def draw_lines(self) -> None:
        """Draw matching lines upon the picture, or have done."""
        self.desk.close()
        self.lines.toggle()

    def step_once(self) -> None:
        """One step, then pause."""
        self._wish = None
        self.link.call(lambda engine: engine.step())
        self._status_due = 0.0

    def reset(self) -> None:
        """Fresh weights for the same experiment."""
        self.moments.release()
        self.link.call(lambda engine: engine.reset())
        self._status_due = 0.0

    # the document

    def set_shape(self, role: str, shape: Shape) -> None:
        """Take another distribution for "source" or "target"."""
        self.store.settle()
        self.store.edit(self.store.document.with_parts(**{role: shape}), f"Choose {role}")
        self.store.settle()

    def swap_ends(self) -> None:
        """The target becomes the source, and the source the target."""
        document = self.store.document
        self.store.settle()
        swapped = replace(document, source=document.target, target=document.source)
        self.store.edit(swapped, "Swap source and target")
        self.store.settle()

    def show_preview(self, bundle: Bundle | None) -> None:
        """Another experiment: show its stored trajectory until the engine has made one."""
        self._shown = self._wish = None
        self.lines.close()
        self._drop_probe()
        self.lens.forget()
        self.moments.release()
        self.canvas.pins, self.canvas.hover = (), None
        if bundle is not None:
            self._show_bundle(bundle)

    def _document_changed(self, before: Document, after: Document) -> None:
        self.moments.follow(before, after)
        self.link.apply(after)
        self.left.show_document(after)
        self.canvas.set_view(after.view)
        self.shows.show_choice(after.view.shows)
        if before.view.particles != after.view.particles or before.seed != after.seed:
            self.canvas.pins = ()
        if before.solver.direction != after.solver.direction:
            self._drop_probe()

    # frames

    def _engine_ready(self) -> None:
        self.right.add_plot()

    def _tick(self, _t: float) -> None:
        self.link.flush()
        bundle = self.link.newest()
        if bundle is not None and bundle is not self._shown:
            self._shown = bundle
            self._show_bundle(bundle)
        self._take_probe()
        self.reflow.tick()
        self.lens.tick()
        self.shows.setVisible(self.canvas.pencil is None)
        self.moments.tick()
        if self.canvas.moving:
            self.canvas.update()
        now = time.perf_counter()
        if now >= self._status_due:
            self._status_due = now + STATUS_SECONDS
            self._show_status()

    def _show_bundle(self, bundle: Bundle) -> None:
        self.canvas.show_bundle(bundle)
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)
        self._show_particle(self.canvas.hover)
        self._caption(bundle)
        self._ask_probe()

    def _measure(self, names: tuple[str, ...]) -> None:
        """Only figures that are seen are computed."""
        self.link.call(lambda engine: engine.measure(names))

    def _show_status(self) -> None:
        status = self.link.status()
        if status is None:
            return
        self.right.show_status(status)
        self.left.coupling.show_status(status)
        self.moments.show_status(status)
        self.left.show_training(self.training)
        if self.training:
            t = self.playback.t
            self.link.call(lambda engine: engine.watch(t))

    def _caption(self, bundle: Bundle) -> None:
        steps = self.store.document.solver.steps
        name = METHODS.get(bundle.method, bundle.method)
        how = name if bundle.method == "dopri5" else f"{name}, {steps} steps"
        what = "untrained" if bundle.step == 0 else f"training step {bundle.step:,}"
        count = bundle.points.shape[1]
        many = "1 particle" if count == 1 else f"{count:,} particles"
        if self.store.document.view.shows == "exact" and bundle.exact is not None:
            what = bundle.truth or "exact velocity"
        elif self.store.document.view.shows != "learned" and bundle.exact is None and bundle.truth:
            what = f"{what} · {bundle.truth}"
        self.canvas.caption = f"{many} · {how} · {what}"

    # particles

    def _show_particle(self, index: int | None) -> None:
        if index is None and self.canvas.pins:
            index = self.canvas.pins[-1]
        self.right.show_particle(self.canvas.bundle, index)

    def toggle_pin(self, index: int) -> None:
        """Keep a particle's path on the picture, or let it go."""
        pins = self.canvas.pins
        kept = tuple(i for i in pins if i != index)
        self.canvas.pins = kept if index in pins else (*kept, index)[-MAX_PINS:]
        self.canvas.update()
        self._show_particle(index)

    def release_pins(self) -> None:
        """Let go of every pinned path."""
        self.canvas.pins = ()
        self.canvas.update()

    def _probe(self, x: float, y: float) -> None:
        bundle = self.canvas.bundle
        self._probed = np.array([[x, y]], np.float32), 0 if bundle is None else int(bundle.start)
        self._ask_probe()

    def _ask_probe(self) -> None:
        wanted = self._probed
        if wanted is not None:
            self.link.call(lambda engine: engine.probe(*wanted))

    def _take_probe(self) -> None:
        if self._probed is None or self.link.engine is None:
            return
        probe = self.link.engine.newest_probe()
        if probe is not None and probe is not self.canvas.probe:
            self.canvas.probe = probe
            self.canvas.update()
            self.right.show_particle(probe, 0)

    def _drop_probe(self) -> None:
        self._probed = self.canvas.probe = None
        self._show_particle(self.canvas.hover)

    # for developers

    def toggle_frame_budget(self) -> None:
        """Show over the picture where the time of each frame goes, or hide it."""
        if self.overlay is None:
            from flowlab.ui.frame_overlay import FrameOverlay

            budget, theme = self.playback.budget, self.canvas.theme
            self.overlay = FrameOverlay(self.canvas, budget, self._facts, theme)
        self.overlay.setVisible(not self.overlay.isVisible())

    def _facts(self) -> list[tuple[str, str]]:
        """What the overlay says beside the times."""
        bundle, status = self.canvas.bundle, self.link.status()
        count, size = (0, 0) if bundle is None else (bundle.points.shape[1], bundle.nbytes)
        training = status is not None and status.state == "training"
        rate = f"{status.steps_per_second:,.0f}" if status is not None and training else "–"
        return [
            ("particles · bundle", f"{count:,} · {size / 1e6:.1f} MB"),
            ("training steps a second", rate),
        ]

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.canvas.theme = theme
        if self.overlay is not None:
            self.overlay.set_theme(theme)
        self.left.set_theme(theme)
        self.right.set_theme(theme)
        self.desk.set_theme(theme)
        self.canvas.update()
