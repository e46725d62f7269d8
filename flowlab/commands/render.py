"""`flowlab render`: a film or a picture of a flow, without a window."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flowlab.commands.console import Ticker, check_free, opened, remark, run_of, say, say_json
from flowlab.core.document.exactness import why_only_learned
from flowlab.core.document.limits import Invalid
from flowlab.core.views.registry import VIEWS, sees_network
from flowlab.files import session

if TYPE_CHECKING:
    from flowlab.core.document.document import Document
    from flowlab.core.views.bundle import Bundle
    from flowlab.core.views.density_map import InterpolantDensity
    from flowlab.run import Run
    from flowlab.scene.export.export import ExportSpec

_TRAINING_SECONDS = 4.0


def command(args: argparse.Namespace) -> None:
    """Draw a view of DOC or RUN into a file; a document without weights is trained first."""
    content = opened(args.document, bundled=True)
    document = _viewed(content.document, args)
    spec = _spec(args, still=VIEWS[document.view.name].still)
    from flowlab.core.views.densities import density_map
    from flowlab.scene.base.frame import Frame
    from flowlab.scene.base.framing import fitted, laid_out
    from flowlab.scene.export.export import export

    bundle = _bundle(_run(content, document, args))
    camera = fitted(bundle, document.view, *spec.size)
    document = replace(document, view=laid_out(document.view))
    view = VIEWS[document.view.name].seen(document.view)
    drawn = view.show_ends or view.show_density or view.show_contours
    source, target = document.source, document.target
    known = (density_map(source), density_map(target)) if drawn else (None, None)
    frame = Frame(
        bundle=bundle,
        document=document,
        camera=camera,
        densities=known,
        interpolant=_interpolant(document),
    )
    export(lambda t: replace(frame, t=t), spec)
    files = spec.path.iterdir() if spec.path.is_dir() else [spec.path]
    size = sum(file.stat().st_size for file in files)
    if args.json:
        say_json({"output": str(spec.path), "bytes": size, "size": list(spec.size)})
    else:
        became = f"; {spec.size_note}" if spec.size_note else ""
        say(f"written to {spec.path} ({size / 1e6:.2f} MB{became})")


def _interpolant(document: Document) -> InterpolantDensity | None:
    """The density p_t, if the view draws it."""
    from flowlab.core.views.density_map import interpolant_drawn
    from flowlab.core.views.interpolant_densities import interpolant_density

    query, ticker = interpolant_drawn(document), Ticker()
    if query is None:
        return None
    return interpolant_density(
        query, progress=lambda share: ticker.tell(lambda: f"exact densities: {100 * share:.0f} %")
    )


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from "1280x720"; raises `Invalid`."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise Invalid(f"The size must be like 1280x720, not {text!r}.")
    return int(parts[0][:6]), int(parts[1][:6])


def _spec(args: argparse.Namespace, still: float) -> ExportSpec:
    """The export's settings; raises `Invalid` before training for one that can't be written."""
    from flowlab.scene.export.export import FORMATS, ExportSpec

    width, height = parse_size(args.size)
    path = Path(args.output)
    suffixes = [name for name in FORMATS if name != "frames"]
    if path.suffix and path.suffix[1:].lower() not in suffixes:
        raise Invalid(
            f"{args.output!r} must end in one of .{', .'.join(suffixes)}, or have no suffix, for "
            "a folder of frames."
        )
    spec = ExportSpec(
        path=path,
        width=width,
        height=height,
        fps=args.fps,
        seconds=args.seconds,
        ping_pong=args.ping_pong,
        theme=args.theme,
        t=still if args.t is None else args.t,
    )
    if spec.format == "frames":
        _check_folder(path)
    else:
        check_free(path, force=args.force)
    return spec


def _check_folder(path: Path) -> None:
    """Raise `Invalid` unless a folder of frames can be made at `path`: new, or empty so far."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise Invalid(f"{path} exists and is not an empty folder; name a new one for the frames.")
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise Invalid(f"{path} cannot be written: there is no folder {path.parent} to write into.")


def _viewed(document: Document, args: argparse.Namespace) -> Document:
    name = args.view or document.view.name
    if name not in VIEWS:
        raise Invalid(f"There is no view named {name!r}; try {', '.join(VIEWS)}.")
    seed = document.seed if args.seed is None else args.seed
    shows = args.shows or document.view.shows
    if args.shows not in (None, "learned") and VIEWS[name].compares:
        _check_exact(document, args.shows)
    return replace(document, view=replace(document.view, name=name, shows=shows), seed=seed)


def _check_exact(document: Document, shows: str) -> None:
    """Raise `Invalid` where a flow is asked for that isn't known."""
    why = why_only_learned(document)
    if why:
        raise Invalid(f"--shows {shows} can't be drawn: {why[0].lower()}{why[1:]}")


def _run(content: session.Session, document: Document, args: argparse.Namespace) -> Run:
    from flowlab.core.learning.devices import pick_device
    from flowlab.run import train

    device = pick_device(args.device)
    if content.weights is not None:
        return run_of(replace(content, document=document), args.document, device)
    if not sees_network(document):
        return train(document, steps=1, device=device)  # no network has a part in the picture
    run = train(document, seconds=_TRAINING_SECONDS, device=device, progress=Ticker())
    remark(f"{args.document} holds no weights: trained for {_TRAINING_SECONDS:g} s first.")
    return run


def _bundle(run: Run) -> Bundle:
    from flowlab.core.views.bundle import Bundle
    from flowlab.core.views.request import PlanOptions, plan_of
    from flowlab.work.sampling import check_memory

    document = run.document
    check_memory(document.view.particles, document.solver)
    plan = plan_of(document.view.name)
    result = plan(document, run.field, PlanOptions(step=run.weights.step))
    assert isinstance(result, Bundle)  # the only result that the painter draws
    return result
