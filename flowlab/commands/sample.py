"""`flowlab sample`: where the particles of a trained flow arrive."""

from __future__ import annotations

import argparse
import io

import numpy as np

from flowlab.commands.console import opened, run_of, say, say_json, writable


def command(args: argparse.Namespace) -> None:
    """Carry N samples along the flow of RUN and write where they arrive, (N, 2) float32."""
    content = opened(args.run, bundled=True)
    path = writable(args.output, (".npy",), force=args.force)
    from flowlab.core.learning.devices import pick_device
    from flowlab.files import atomic
    from flowlab.scripting import sample

    run = run_of(content, args.run, pick_device(args.device))
    bundle = sample(
        run,
        args.n,
        method=args.method,
        steps=args.steps,
        seed=args.seed,
        direction=args.direction,
        eps=args.eps,
        eps_shape=args.eps_shape,
    )
    arrived = bundle.points[-1 if args.direction == "forward" else 0]
    stream = io.BytesIO()
    np.save(stream, arrived)
    atomic.write(path, stream.getvalue())
    figures = {"n": len(arrived), "evaluations": bundle.evaluations, "seed": args.seed}
    if args.json:
        say_json(figures | {"output": str(path)})
    else:
        say(f"{len(arrived)} points written to {path}, {bundle.evaluations} evaluations each")
