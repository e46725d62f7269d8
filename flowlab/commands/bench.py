"""`flowlab bench`: FlowLab and its peers, measured here and now."""

from __future__ import annotations

import argparse
import inspect
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flowlab.bench.effort import QUICK, Effort
from flowlab.bench.groups import GROUPS, Group, chosen, run_groups, summary
from flowlab.bench.report import Row, lines
from flowlab.commands.console import remark, say, say_json, writable


def command(args: argparse.Namespace) -> None:
    """Run groups of rows, printing each as it is known, or one JSON object at the end."""
    if args.list:
        for name, group in GROUPS.items():
            say(f"{name:10s} {group.sentence}")
        return
    groups = chosen(args.only)
    effort = replace(QUICK if args.quick else Effort(), plot=_plot(args.plot, groups))
    _run(groups, effort, as_json=args.json)


def _plot(name: str | None, groups: dict[str, Group]) -> Path | None:
    """Where the picture goes; the group that draws it is then run, too."""
    if name is None:
        return None
    groups.setdefault("scaling", GROUPS["scaling"])
    return writable(name, (".png",))


def _run(groups: dict[str, Group], effort: Effort, *, as_json: bool) -> None:
    from flowlab.bench import machine

    began = time.monotonic()
    here = machine.describe()
    for line in here.lines():
        (remark if as_json else say)(line)
    found: list[dict[str, Any]] = []
    rows: list[Row] = []

    def kept(group: str, some: Iterator[Row]) -> Iterator[Row]:
        for row in some:
            rows.append(row)
            found.append({"group": group, **row.facts()})
            yield row

    with machine.threads_used(1):
        for name, some in run_groups(groups, effort, remark):
            if not as_json:
                say(f"\n{name}: {inspect.getdoc(groups[name].rows)}\n")
            for line in lines(kept(name, some)):
                (remark if as_json else say)(line)
    if as_json:
        facts = asdict(here) | {"busy": here.busy}
        say_json({"quick": effort.quick, "machine": facts, "rows": found})
    else:
        say(f"\n{summary(rows)} in {time.monotonic() - began:.0f} s")
