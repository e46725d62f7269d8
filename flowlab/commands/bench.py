"""`flowlab bench`: FlowLab and its peers, measured here and now."""

from __future__ import annotations

import argparse
import inspect
import subprocess
import time
from dataclasses import asdict, replace

from flowlab.bench import groups
from flowlab.bench.effort import QUICK, Effort
from flowlab.bench.report import Row, Rows, lines, summary
from flowlab.commands.console import remark, say, say_json, writable


def command(args: argparse.Namespace) -> None:
    """Run groups of rows, printing each as it is known, or one JSON object at the end."""
    if args.list:
        for name, group in groups.GROUPS.items():
            say(f"{name:10s} {group.sentence}{'' if group.quick else ' (not in a quick run)'}")
        return
    plot = None if args.plot is None else writable(args.plot, (".png",))
    wanted = groups.chosen(args.only, args.quick)
    if plot is not None:
        wanted["scaling"] = groups.GROUPS["scaling"]  # which draws it
    _run(wanted, replace(QUICK if args.quick else Effort(), plot=plot), as_json=args.json)


def _run(wanted: dict[str, groups.Group], effort: Effort, *, as_json: bool) -> None:
    """Progress goes to stderr, results to stdout; with `as_json` they are told twice."""
    from flowlab.bench import machine

    began, tell = time.monotonic(), remark if as_json else say
    here = machine.describe()
    for line in here.lines():
        tell(line)
    found: list[tuple[str, Row]] = []
    with machine.threads_used(1):
        for number, (name, group) in enumerate(wanted.items(), 1):
            since = time.monotonic() - began
            remark(f"[{number}/{len(wanted)}] {since:.0f} s: {name}: {group.sentence}")
            tell(f"\n{name}: {inspect.getdoc(group.rows)}\n")
            for line in lines(_kept(name, group, effort, found)):
                tell(line)
    tell(f"\n{summary(row for _, row in found)} in {time.monotonic() - began:.0f} s")
    if as_json:
        facts = asdict(here) | {"busy": here.busy}
        rows = [{"group": name, **row.facts()} for name, row in found]
        say_json({"quick": effort.quick, "machine": facts, "rows": rows})


def _kept(name: str, group: groups.Group, effort: Effort, found: list[tuple[str, Row]]) -> Rows:
    """The group's rows, noted in `found`; one that fails says so and does not end the rest."""
    try:
        for row in group.rows(effort):
            found.append((name, row))
            yield row
    except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
        found.append((name, Row(f"{name}: not measured", None, note=_words(error))))
        yield found[-1][1]


def _words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"a process of its own ended with code {error.returncode}"
    return f"{error}".split("\n")[0]
