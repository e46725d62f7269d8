"""The workspace below the rooms' bar: the open room's panels, and the picture they share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_only_learned
from flowlab.core.document.learned import weighed
from flowlab.core.document.shapes import Shape
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS, room_of, sees_network, settings_of
from flowlab.core.views.results import Result
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Theme
from flowlab.scene.furniture.card import CARD_RIGHT
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.canvas.known_densities import KnownDensities
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.flow_switch import FlowSwitch
from flowlab.ui.room.left import has_layer
from flowlab.ui.room.panels import Panels, make_panels
from flowlab.ui.shell.budget_controller import BudgetController
from flowlab.ui.shell.look_back import LookBack, empty_bundle
from flowlab.ui.shell.rooms import LastViews
from flowlab.ui.shell.training_controller import TrainingController
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.pins import Pins
from flowlab.ui.state.playback import STEP, Playback
from flowlab.ui.tools.drawing_controller import DrawingController
from flowlab.ui.tools.lens_tool import LensTool
from flowlab.ui.tools.line_controller import LineController
from flowlab.ui.tools.probe_controller import ProbeController
from flowlab.ui.tools.reflow_controller import ReflowController

if TYPE_CHECKING:
    from flowlab.ui.canvas.frame_overlay import FrameOverlay
    from flowlab.ui.room.side_panel import SidePanel

STATUS_SECONDS = 0.2
GAP = 8  # px between the controls over the picture and what lies below them


class Workspace(QWidget):
    """Left the settings of the experiment, right its results, between them the picture.

    The panels belong to the room of the document's view; everything else is shared.
    """

    choose = Signal(str)
    viewed = Signal(str)  # the current view, which lies in the open room
    stated = Signal()  # the engine's status has been read, and shown

    def __init__(
        self,
        store: DocumentStore,
        link: EngineLink,
        playback: Playback,
    ) -> None:
        super().__init__()
        self.store, self.link, self.playback = store, link, playback
        self._backwards = False  # whether the view's process runs from t = 1 to t = 0
        self.opened: dict[str, Panels] = {}  # of all rooms opened so far
        self.views, self.pins = LastViews(), Pins()
        self.canvas = CanvasView(playback.budget)
        self.drawing = DrawingController(self.canvas, store)
        self.lines, self.reflow = LineController(self.canvas, store), ReflowController(link, store)
        self.lens, self.probe = LensTool(self.canvas, link), ProbeController(self.canvas, link)
        self.densities = KnownDensities(self.canvas, link)
        self.shows = FlowSwitch(self.canvas)
        self.moments = LookBack(link, self.canvas)
        self.trainer = TrainingController(link)
        self.toggle_training, self.train = self.trainer.toggle, self.trainer.train
        self.step_once = self.trainer.step
        self.budget = BudgetController(self.canvas, link)
        self._theme: Theme | None = None
        self._panels_shown = True
        self._status_due = 0.0
        self._bundle: Result | None = None  # the newest one from the engine
        self._stored: Bundle | None = None  # that of an opened file, until all of it is computed
        self._unusable = False  # True if an end describes no distribution: nothing is to be shown
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)
        self.row.addWidget(self.canvas, 1)
        self.panels = self.panels_of(self.views.note(store.document))  # of the open room
        self.show_panels(True)
        self._connect()
        self._show_view(store.document)

    def _connect(self) -> None:
        canvas = self.canvas
        self.store.changed.connect(self._document_changed)
        self.store.refused.connect(self._refused)
        self.drawing.opened.connect(self.lines.close)
        self.reflow.taken.connect(self.train)
        self.trainer.asked.connect(self._status_soon)
        canvas.hovered.connect(self._show_particle)
        canvas.pinned.connect(self.take_click)
        self.probe.came.connect(lambda probe: self.panels.show_particle(probe, 0))
        self.probe.dropped.connect(lambda: self._show_particle(canvas.hover))
        self.shows.chosen.connect(self.choose_flow)
        self.link.plots_ready.connect(self._engine_ready)
        self.playback.ticked.connect(self._tick)
        self.playback.moved.connect(self._show_t)

    def _connect_panel(self, left: SidePanel) -> None:
        """Connect the signals of a room's left panel, which are the same in every room."""
        left.edited.connect(lambda document, text, key: self.store.edit(document, text, key))
        left.settled.connect(self.store.settle)
        left.choose.connect(self.choose)
        left.draw.connect(self.drawing.open)
        left.train.connect(self.toggle_training)
        left.step.connect(self.step_once)
        left.reset.connect(self.reset)

    def choose_flow(self, key: str) -> None:
        """Show the learned flow, the exact one, or their difference."""
        document = self.store.document
        self.store.settle()
        view = replace(document.view, shows=key)
        self.store.edit(replace(document, view=view), f"Show {key}", "shows")
        self.store.settle()

    def toggle_layer(self, name: str) -> None:
        """Show or hide a layer, if that changes the picture."""
        document = self.store.document
        if not has_layer(document, name):
            return
        self.store.settle()
        switched: Any = {name: not getattr(document.view, name)}
        view = replace(document.view, **switched)
        self.store.edit(replace(document, view=view), "Change view", "view")
        self.store.settle()

    # rooms

    def enter(self, room: str) -> None:
        """Open a room with its last view."""
        if room != room_of(self.store.document.view.name).name:
            self.store.edit(self.views.entered(room, self.store.document), "Open a room", "room")

    def show_panels(self, on: bool) -> None:
        """Show both side panels, or give all the space to the canvas."""
        self._panels_shown = on
        self.panels.left.setVisible(on)
        self.panels.right.setVisible(on)

    @property
    def panels_shown(self) -> bool:
        """True while both side panels are shown."""
        return self._panels_shown

    def toggle_panels(self) -> None:
        """Show or hide both side panels."""
        self.show_panels(not self._panels_shown)

    def _show_room(self, document: Document) -> None:
        """Show the panels of the document's room."""
        panels = self.panels_of(self.views.note(document))
        panels.show_document(document)
        if panels is self.panels:
            return
        for widget in (self.panels.left, self.panels.right):
            widget.hide()
        self.panels = panels
        self.show_panels(self._panels_shown)
        panels.show_bundle(self.canvas.bundle or empty_bundle())
        panels.show_t(self.playback.t)
        self._status_soon()

    def panels_of(self, room: str) -> Panels:
        """Return the panels of a room, created when it is first opened."""
        if room not in self.opened:
            panels = self.opened[room] = make_panels(room, self)
            self.row.insertWidget(0, panels.left)
            self.row.addWidget(panels.right)
            self._connect_panel(panels.left)
            panels.left.hide()
            panels.right.hide()
            if self._theme is not None:
                panels.set_theme(self._theme)
            if self.link.plots:
                panels.engine_ready()
        return self.opened[room]

    # training

    @property
    def training(self) -> bool:
        """True while the trainer runs, or was asked to run."""
        return self.trainer.running

    def reset(self) -> None:
        """Take fresh weights; undo brings the present ones back."""
        self.store.settle()
        self.store.begin_again("Reset the weights")
        self.store.settle()
        self._status_soon()

    def draw_lines(self) -> None:
        """Start or stop drawing matching lines on the picture."""
        self.drawing.close()
        self.lines.toggle()

    # document

    def set_shape(self, role: str, shape: Shape) -> None:
        """Set another distribution for "source" or "target"."""
        self.store.settle()
        self.store.edit(self.store.document.with_parts(**{role: shape}), f"Choose {role}")
        self.store.settle()

    def _refused(self, role: str, why: str) -> None:
        """Say on the card of "source" or "target" why a new shape can't be used."""
        if not self._panels_shown:
            self.show_panels(True)
        self.panels.card(role).refuse(why)

    def swap_ends(self) -> None:
        """Exchange source and target."""
        document = self.store.document
        self.store.settle()
        swapped = replace(document, source=document.target, target=document.source)
        self.store.edit(swapped, "Swap source and target")
        self.store.settle()

    def show_opened(self, document: Document, bundle: Bundle | None) -> None:
        """Show another experiment, with its stored bundle until the engine has computed one."""
        self._show_room(document)
        self._show_view(document)
        self._bundle, self._stored = self.link.newest(), None  # of the experiment before
        self.trainer.forget()
        self.lines.close()
        self.probe.drop()
        self.lens.forget()
        self.moments.release()
        self.pins.clear()
        self.canvas.pins, self.canvas.hover = (), None
        if bundle is not None and not self._unusable:
            self._stored = bundle
            self._show_bundle(bundle)
        elif not self._unusable:
            self._clear()

    def _clear(self) -> None:
        """Show nothing of the experiment before, while the picture of this one is awaited."""
        self._show_nothing()
        self.canvas.caption = COMING

    def _show_nothing(self) -> None:
        self.canvas.show_bundle(None, bend=False)
        self.panels.show_bundle(empty_bundle())
        self._show_particle(None)

    def glance(self) -> dict[str, Any]:
        """How the flow is looked at: the pinned particles, and the camera if it was moved."""
        pins, camera = self.pins.by_view(self.store.document), self.canvas.camera
        if camera is None or not self.canvas.has_own_camera:
            return {"pins": pins}
        return {"pins": pins, "camera": [camera.centre_x, camera.centre_y, camera.half_height]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Look at an opened session as it was saved."""
        self.pins.restore(self.store.document, state.get("pins", {}))
        self.canvas.pins = self.pins.of(self.store.document)
        self.canvas.fit()
        if "camera" in state:
            self.canvas.take_camera(Camera(*state["camera"]))
        self.canvas.update()

    def _document_changed(self, before: Document, after: Document) -> None:
        self._follow_branch(before, after)
        if before.view.name != after.view.name and not sees_network(after):
            self.moments.release()  # such a training has no moments to compare
        if not self.store.replacing:
            self.link.apply(after, self.store.branch)
        self._show_room(after)
        self._show_view(after)
        if before.source is not after.source or before.target is not after.target:
            self._clear_unusable(after)
        self.canvas.pins = self.pins.of(after)
        if self._stored is not None and not _same_picture(before, after):
            self._stored = None
        if before.view.name != after.view.name:
            self.probe.drop()
        if before.view.name != after.view.name or (
            settings_of(before) != settings_of(after) and _same_bundle(before, after)
        ):  # otherwise the picture is still the one before, and so are the words below it
            self._show_caption()
        if before.solver.direction != after.solver.direction:
            self.probe.drop()

    def _follow_branch(self, before: Document, after: Document) -> None:
        """Return to the present of training if an edit changes what is learned."""
        if before == after or weighed(before) != weighed(after):
            self.moments.release()

    def _clear_unusable(self, document: Document) -> None:
        """Clear the picture where an end describes no distribution, such as an empty drawing."""
        from flowlab.core.distributions.refusals import problem_of  # not for the first frame

        self._unusable = bool(problem_of(document.source) or problem_of(document.target))
        if self._unusable:
            self._show_nothing()

    def _show_view(self, document: Document) -> None:
        self.canvas.show_document(document)
        self.lens.show_document(document)
        backwards = VIEWS[document.view.name].backwards
        if backwards != self._backwards:
            self._backwards = backwards
            self.playback.reverse()
        self.shows.show_choice(document.view.shows, why_only_learned(document))
        self.viewed.emit(document.view.name)

    # frames

    def _engine_ready(self) -> None:
        for panels in self.opened.values():
            panels.engine_ready()

    def _show_t(self, t: float) -> None:
        self.canvas.show_t(t)
        self.panels.show_t(t)

    def step_time(self, by: int) -> None:
        """Do one step of the room's own, otherwise one of t; backwards if `by` is -1."""
        if not self.panels.step(by):
            self.playback.step(by * STEP)

    def _tick(self, _t: float) -> None:
        self.link.flush()
        result = self.link.newest()
        if isinstance(result, Bundle) and result is not self._bundle and not self._unusable:
            self._take_bundle(result)
        self.probe.tick()
        self.reflow.tick()
        self.lens.tick()
        self.densities.tick()
        self.shows.setVisible(self.canvas.pencil is None and self.has_switch)
        bottom = 0.0 if self.shows.isHidden() else float(self.shows.y() + self.shows.height())
        self.canvas.card_right = bottom
        self.canvas.card_top = bottom if self.shows.x() < CARD_RIGHT else 0.0
        self.moments.tick()
        if self.canvas.moving:
            self.canvas.update()
        now = time.perf_counter()
        if now >= self._status_due:
            self._status_due = now + STATUS_SECONDS
            self._show_status()

    def _take_bundle(self, result: Bundle) -> None:
        """Show the newest picture, unless a stored one of the same weights has more particles."""
        stored = self._stored
        if stored is None or stored.step != result.step or stored.count <= result.count:
            self._bundle, self._stored = result, None
            self._show_bundle(result)

    @property
    def has_switch(self) -> bool:
        """Return True if learned, exact and difference are three pictures of the current view."""
        return VIEWS[self.canvas.view.name].compares

    def _show_bundle(self, bundle: Bundle) -> None:
        self.canvas.show_bundle(bundle)
        self.panels.show_bundle(bundle)
        self._show_particle(self.canvas.hover)
        self._show_caption()
        self.probe.ask()

    def _show_caption(self) -> None:
        """Show the caption, even if the view's picture is still to come."""
        bundle = self.canvas.bundle
        if bundle is not None:
            self.canvas.caption = self.panels.caption(self.store.document, bundle)

    def measure(self, names: tuple[str, ...]) -> None:
        """Request these figures, which are visible, and no others."""
        self.link.call(lambda engine: engine.measure(names))

    def _status_soon(self) -> None:
        self._status_due = 0.0

    def _show_status(self) -> None:
        status = self.link.status()
        if status is None:
            return
        self.panels.show_status(status, self.training)
        if status.problem and self.canvas.caption == COMING:
            self.canvas.caption = ""  # nothing is to come
            self.canvas.update()
        self.moments.show_status(status)
        self.store.forget_all_but({run.number for run in status.runs})
        self.stated.emit()
        if self.training:
            t = self.playback.t
            self.link.call(lambda engine: engine.watch(t))

    # particles

    def _show_particle(self, index: int | None) -> None:
        if index is None and self.canvas.pins:
            index = self.canvas.pins[-1]
        bundle = self.canvas.bundle
        if bundle is not None and index is not None and index >= bundle.points.shape[1]:
            index = None  # a preview has fewer particles
        self.panels.show_particle(bundle, index)

    def take_click(self, index: int) -> None:
        """Handle a click on a particle."""
        if not self.panels.take_click(index):
            self.toggle_pin(index)

    def toggle_pin(self, index: int) -> None:
        """Pin a particle's path, or release it."""
        pins = self.canvas.pins
        others = tuple(i for i in pins if i != index)
        self._pin(others if index in pins else (*others, index))
        self.canvas.update()
        self._show_particle(index)

    def release_pins(self) -> None:
        """Release all pinned paths."""
        self._pin(())
        self.canvas.update()

    def _pin(self, pins: tuple[int, ...]) -> None:
        self.pins.set(self.store.document, pins)
        self.canvas.pins = self.pins.of(self.store.document)

    @property
    def overlay(self) -> FrameOverlay | None:
        """The frame budget over the picture; None before its first use."""
        return self.budget.overlay

    def top_of_picture(self) -> int:
        """How many pixels at the top of the picture have controls over them."""
        switch = self.shows.y() + self.shows.height()
        return GAP + (switch if self.canvas.pencil is None else self.canvas.bar_height)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self._theme = self.canvas.theme = theme
        self.budget.set_theme(theme)
        for panels in self.opened.values():
            panels.set_theme(theme)
        self.drawing.set_theme(theme)
        self.canvas.update()


def _same_bundle(before: Document, after: Document) -> bool:
    """True if no other result comes after an edit."""
    from flowlab.work.cache_keys import computed  # not for the first frame

    return computed(before) == computed(after)


def _same_picture(before: Document, after: Document) -> bool:
    """True if an edit leaves what is computed as it is."""
    from flowlab.work.cache_keys import pictured  # not for the first frame

    return replace(before, view=after.view) == after and pictured(before) == pictured(after)
