"""`flowlab bench`: FlowLab and its peers, measured here and now."""

from __future__ import annotations

import argparse
import inspect
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace

from flowlab.bench import groups
from flowlab.bench.effort import QUICK, Effort
from flowlab.bench.report import Row, Rows, lines, summary
from flowlab.commands.console import remark, say, say_json, writable


def command(args: argparse.Namespace) -> int:
    """Run groups of rows and print each row when it is measured; returns 1 if a group failed."""
    if args.list:
        for name, group in groups.GROUPS.items():
            say(f"{name:10s} {group.sentence}{'' if group.quick else ' (not in a quick run)'}")
        return 0
    plot = None if args.plot is None else writable(args.plot, (".png",), force=args.force)
    wanted = groups.chosen(args.only, args.quick)
    if plot is not None:
        wanted["scaling"] = groups.GROUPS["scaling"]  # which draws it
    effort = replace(QUICK if args.quick else Effort(), plot=plot)
    return _run(wanted, effort, as_json=args.json)


def _run(wanted: dict[str, groups.Group], effort: Effort, *, as_json: bool) -> int:
    """Progress goes to stderr, results to stdout; with `as_json`, as text and as JSON."""
    from flowlab.bench import machine
    from flowlab.core.solvers.threads import threads_used

    began, tell = time.monotonic(), remark if as_json else say
    here = machine.describe()
    for line in here.lines():
        tell(line)
    if as_json:
        say_json({"quick": effort.quick, "machine": asdict(here) | {"busy": here.busy}})
    rows_done: list[Row] = []
    with threads_used(1):
        for number, (name, group) in enumerate(wanted.items(), 1):
            since = time.monotonic() - began
            remark(f"[{number}/{len(wanted)}] {since:.0f} s: {name}: {group.sentence}")
            tell(f"\n{name}: {_meaning(group)}\n")
            for line in _reported(_guarded(name, group, effort), name, rows_done, as_json=as_json):
                tell(line)
    tell(f"\n{summary(rows_done)} in {time.monotonic() - began:.0f} s")
    failed = [row.name for row in rows_done if row.failed]
    if failed:
        remark(f"Not measured: {', '.join(failed)}.")
    return 1 if failed else 0


def _meaning(group: groups.Group) -> str:
    """The meaning of a group's rows; only its sentence if the group cannot be imported."""
    with suppress(Exception):
        return inspect.getdoc(group.rows) or group.sentence
    return group.sentence


def _reported(rows: Rows, name: str, rows_done: list[Row], *, as_json: bool) -> Iterator[str]:
    """The group's rows as text, appended to `rows_done`; a table's rows also as remarks."""

    def noted() -> Rows:
        for row in rows:
            rows_done.append(row)
            if as_json:
                say_json({"group": name, **row.facts()})
            elif row.about:
                remark(row.line())
            yield row

    return lines(noted())


def _guarded(name: str, group: groups.Group, effort: Effort) -> Rows:
    """The group's rows; a failure becomes a row and does not stop the other groups."""
    try:
        yield from group.rows(effort)
    except Exception as error:  # a fault of a peer or of a group is nothing to the other groups
        yield Row(name, None, note=f"not measured: {_words(error)}", failed=True)


def _words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"a process of its own ended with code {error.returncode}"
    first = f"{error}".split("\n")[0]
    plain = isinstance(error, (RuntimeError, ValueError, OSError, subprocess.SubprocessError))
    return first if plain and first else f"{type(error).__name__} {first}".rstrip()
