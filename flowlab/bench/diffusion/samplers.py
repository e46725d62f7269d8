"""Groups `diffusion` and `denoising`: what samplers side by side cost, and how they play."""

from __future__ import annotations

import time
from dataclasses import replace

from flowlab.bench.effort import Effort
from flowlab.bench.machine import all_threads
from flowlab.bench.report import Row, Rows, at_least, at_most
from flowlab.bench.sampling import trained_run
from flowlab.core.diffusion.guided_runs import class_guidance
from flowlab.core.diffusion.plan import denoising
from flowlab.core.diffusion.results import denoising_of
from flowlab.core.diffusion.settings import DDIM, DDPM, NONE, ODE, PROCESSES, SDE, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.request import PlanOptions

PARTICLES, STEPS, FEW = 5000, 100, 250
LED, LED_STEPS = 2000, 50  # particles of guidance, and its steps
_WINDOW_GOALS = {
    "a frame while eta is dragged": at_most(66),
    "playing three panes of 5,000: frames/s": at_least(59.0),
    "playing three panes of 5,000: a frame": at_most(16),
}


def rows(effort: Effort) -> Rows:
    """Least seconds of each sampler by the default network, and of another eta among three."""
    run, rounds, threads = trained_run(), max(2, effort.rounds), all_threads()
    field, options = run.field, PlanOptions(workers=threads)
    with threads_used(1):
        for process in (DDPM, DDIM, SDE, ODE):
            alone = Diffusion(first=process, second=NONE, third=NONE, steps=STEPS)
            spans = [
                _seconds(replace(run.document, diffusion=alone, seed=k), field, options)
                for k in range(rounds)
            ]
            name = f"{PROCESSES[process]} of {PARTICLES:,}, {STEPS} steps, {threads} threads"
            yield Row(name, min(spans), "s")
        text = Diffusion(T=300, steps=300, second=NONE, third=NONE)
        document = replace(run.document, diffusion=text)
        spans = [_seconds(replace(document, seed=k), field, options) for k in range(rounds)]
        yield Row(f"DDPM of {PARTICLES:,}, 300 steps", min(spans), "s", at_most(0.8))
        few = PlanOptions(coarse=True, few=FEW, workers=threads)
        spans = [
            _seconds(replace(run.document, diffusion=Diffusion(eta=k / 20)), field, few)
            for k in range(4 * rounds)
        ]
        yield Row(f"another eta for {FEW} in three panes", 1e3 * min(spans[1:]), "ms", at_most(66))
        yield from _guidance(rounds)


def _guidance(rounds: int) -> Rows:
    """Least seconds of another gamma with all three pictures and figures, learned and exact."""
    run = trained_run(preset("guidance_and_the_tilted_law"))
    options, about = PlanOptions(workers=all_threads()), f"{LED:,} at {LED_STEPS} steps"
    for shows in ("learned", "exact"):
        view = replace(run.document.view, particles=LED, shows=shows)
        document = replace(run.document, view=view)
        spans = []
        for k in range(2 * rounds + 1):  # the first one folds layers and tells densities
            led = Diffusion(first=DDIM, steps=LED_STEPS, guidance=2 + k / 10)
            begin = time.perf_counter()
            class_guidance(replace(document, diffusion=led), run.field, options)
            spans.append(time.perf_counter() - begin)
        goal = at_most(0.3) if shows == "learned" else None
        yield Row(f"another guidance scale, {about}, {shows}", min(spans[1:]), "s", goal)


def _seconds(document: Document, field: object, options: PlanOptions) -> float:
    begin = time.perf_counter()
    denoising(document, field, options)  # type: ignore[arg-type]
    return time.perf_counter() - begin


def window_rows(effort: Effort) -> Rows:
    """The room in the window: its first picture, eta dragged, and three panes that play."""
    from flowlab.bench.dragging import Dragged, measure_room

    def at(document: Document, share: float) -> Document:
        return replace(document, diffusion=replace(document.diffusion, eta=share))

    dragged = Dragged(
        preset="samplers_of_a_diffusion_model",
        name="eta",
        at=at,
        shows=lambda bundle: denoising_of(bundle) is not None,
    )
    for name, value, unit in measure_room(dragged, effort.window):
        yield Row(name, value, unit, _WINDOW_GOALS.get(name))
