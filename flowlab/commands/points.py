"""`flowlab points`: what a file of points holds, and a document with them."""

from __future__ import annotations

import argparse

from flowlab.commands.console import say, say_json, writable
from flowlab.files import session


def command(args: argparse.Namespace) -> None:
    """Read FILE, say what was assumed about it, and save a document if one is wanted."""
    path = None
    if args.output:
        path = writable(args.output, (session.SUFFIX,), force=args.force)
    from flowlab.core.document.document import Document
    from flowlab.files.points import read_cloud
    from flowlab.files.tables.table import Options

    none = args.label is not None and args.label.casefold() == "none"
    label = False if none else args.label
    written = args.separator, args.decimal, args.header
    within = args.array, args.sheet
    options = Options(args.x, args.y, label, *written, args.flip_y, args.empty, *within)
    cloud = read_cloud(args.file, options=options)
    if path is not None:
        points = cloud.points if args.keep_scale else cloud.fitted
        session.save(path, Document().with_parts(**{args.role: points}))
    if args.json:
        say_json(
            {
                "points": len(cloud.points.points),
                "classes": list(cloud.classes),
                "left_out": cloud.layout.left_out,
                "assumed": cloud.layout.assumed,
                "output": None if path is None else str(path),
            }
        )
    else:
        say(cloud.told + (f" Written to {path}." if path is not None else ""))
