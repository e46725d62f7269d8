"""The command `flowlab`: opens the window or runs one of its commands."""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import flowlab
from flowlab.core.diffusion.settings import (
    DIFFUSION_METHODS,
    KINDS,
    ODE_PREDICTORS,
    SCHEDULES,
    SDE_PREDICTORS,
    VARIANCES,
)
from flowlab.core.document.limits import Invalid
from flowlab.core.document.methods import method_of
from flowlab.core.document.solver import METHODS
from flowlab.core.document.view import SHOWS
from flowlab.core.reflected.settings import WALL_METHODS
from flowlab.core.stochastic.settings import EPS, EPS_SHAPES, SDE_METHODS, STEPS
from flowlab.core.views.registry import VIEWS
from flowlab.core.written_numbers import Limits, Notation, parse
from flowlab.environment import calm_threads, use_safe_path, use_utf8
from flowlab.images.methods import METHODS as PICTURE_METHODS

DRAWN = "0:1,0.5:2,1:0"  # an example of a drawn level
_WINDOW = "app"  # the command that may be left out
_FAULT, _LONGEST = 70, 500  # EX_SOFTWARE of sysexits.h; characters of an error's own words
_COMMANDS = (
    "presets",
    "points",
    "train",
    "sample",
    "render",
    "checkpoint",
    "images",
    "doctor",
    "bench",
)


class _Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line."""

    def error(self, message: str) -> NoReturn:
        raise Invalid(f"{message[:1].upper()}{message[1:]} (see {self.prog} --help).")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `flowlab ARGUMENTS`; returns the exit code.

    It is 2 for bad input and 70 for a fault of FlowLab, each with one line on stderr; 1 where
    `flowlab bench` could not measure everything.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    use_safe_path()
    use_utf8()
    calm_threads()
    try:
        return _tried(given)
    except Exception as error:  # a traceback means nothing to most people
        print("flowlab:", _fault(error), file=sys.stderr)
        return _FAULT


def _tried(given: list[str]) -> int:
    """Run the command; returns the exit code, also after an interrupt or an error in words."""
    try:
        return _run(given)
    except Invalid as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stdout = None
        return 1
    except ImportError as error:
        return _refuse(_hint(error))
    except RuntimeError as error:
        if type(error).__name__ != "Diverged":  # its module imports torch
            raise
        return _refuse(str(error))


def _refuse(sentence: str) -> int:
    print("flowlab:", " ".join(sentence.split()), file=sys.stderr)
    return 2


def _fault(error: Exception) -> str:
    """The error and its place in FlowLab, in one line for a report."""
    steps = traceback.extract_tb(error.__traceback__)
    folder = str(Path(__file__).parent)
    frames = [step for step in steps if step.filename.startswith(folder)] or steps
    words = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST].rstrip(": ")
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"Something went wrong inside FlowLab: {words}{place}."


def _hint(error: ImportError) -> str:
    """The packages to install if Qt lacks a system library; other errors are raised again."""
    from flowlab.app import library_hint, missing_libraries

    missing = missing_libraries("offscreen")
    if not missing:
        raise error
    return library_hint(missing)


def _run(given: list[str]) -> int:
    if given and given[0] in _COMMANDS:
        args = _commands().parse_args(given)
        status = importlib.import_module(f"flowlab.commands.{args.command}").command(args)
        return 0 if status is None else int(status)
    if given and given[0] == _WINDOW:
        given = given[1:]
    if given and not given[0].startswith("-"):
        _check_named(given[0])
    args = _window().parse_args(given)
    if args.file is not None:
        _check_openable(args.file)
    return int(importlib.import_module("flowlab.app").main(args.file, args.device))


def _check_named(name: str) -> None:
    from flowlab.files import session

    if not name.endswith(session.SUFFIX):
        raise Invalid(
            f"{name!r} is neither a {session.SUFFIX} file nor a command: "
            f"{', '.join(_COMMANDS)} (see flowlab --help)."
        )


def _check_openable(name: str) -> None:
    """Raise `Invalid` for a file that can't be opened, before a window opens."""
    from flowlab.files import session

    _check_named(name)
    session.load(name)


def _window() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="flowlab",
        description=flowlab.__doc__.splitlines()[0] if flowlab.__doc__ else None,
        epilog=f"Commands: {_WINDOW} (this, and may be left out), {', '.join(_COMMANDS)}; "
        "each has a --help of its own.",
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE.flowlab", help="open this in the window")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda ... (default: auto)")
    parser.add_argument("--version", action="version", version=f"FlowLab {flowlab.__version__}")
    return parser


def _commands() -> argparse.ArgumentParser:
    parser = _Parser(prog="flowlab", allow_abbrev=False)
    table = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    _add_presets(table.add_parser("presets", help="names of the presets"))
    _add_points(table.add_parser("points", help="make a document of a file of points"))
    _add_train(table.add_parser("train", help="train a document"))
    _add_sample(table.add_parser("sample", help="sample a trained flow"))
    _add_render(table.add_parser("render", help="draw a flow into a file"))
    _add_checkpoint(table.add_parser("checkpoint", help="what a file of weights is"))
    _add_images(table.add_parser("images", help="sample pictures from a file of weights"))
    _add_doctor(table.add_parser("doctor", help="what is there on this machine"))
    _add_bench(table.add_parser("bench", help="measure FlowLab on this machine"))
    return parser


def _add_presets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=_positive, help=argparse.SUPPRESS)
    parser.add_argument("--force", action="store_true", help=argparse.SUPPRESS)


def _add_points(parser: argparse.ArgumentParser) -> None:
    column = "its name, or its number counted from 1"
    parser.add_argument("file", metavar="FILE", help="a .csv .tsv .txt .xlsx .npy or .npz file")
    _add_output(parser, metavar="DOC.flowlab", help="where to save a document")
    parser.add_argument("--as", dest="role", choices=["source", "target"], default="target")
    parser.add_argument("--x", metavar="COLUMN", help=column)
    parser.add_argument("--y", metavar="COLUMN", help=column)
    parser.add_argument("--label", metavar="COLUMN", help="the class likewise, or none")
    parser.add_argument("--array", metavar="NAME", help="of an NPZ file's arrays, that of points")
    parser.add_argument("--sheet", metavar="NAME", help="of an XLSX file's sheets, that of points")
    parser.add_argument("--separator", help="comma, semicolon, tab, bar or blank")
    parser.add_argument("--decimal", choices=[".", ","], help="the decimal mark")
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row holds the names of the columns",
    )
    parser.add_argument("--flip-y", action="store_true", help="y points down, as in pictures")
    parser.add_argument(
        "--empty",
        choices=["skip", "refuse"],
        default="refuse",
        help="leave out rows with empty cells, or refuse the file (default)",
    )
    parser.add_argument("--keep-scale", action="store_true", help="don't fit the cloud to ±4")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="DOC", help="a .flowlab file, or preset:NAME")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=_positive, help="how long to train (default: 5)")
    budget.add_argument("--steps", type=_count, help="how many steps to train")
    _add_output(parser, metavar="RUN.flowlab", help="where to save the run")
    _add_common(parser, seed=None)


def _add_sample(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a trained .flowlab file, or preset:NAME")
    parser.add_argument("-n", type=_count, default=1000, help="how many points (default: 1000)")
    _add_output(parser, metavar="points.npy",
                help="where to write them (default: RUN-samples.npy in this folder, or RUN-samples "
                "2.npy and so on)")  # fmt: skip
    parser.add_argument(
        "--method",
        type=_method,
        metavar="METHOD",
        default="heun",
        help=f"{', '.join(METHODS)} for the ODE; {', '.join(SDE_METHODS)} for the SDE; "
        f"{', '.join(WALL_METHODS)} between the document's walls; "
        f"{', '.join(DIFFUSION_METHODS)} from noise (default: heun)",
    )
    parser.add_argument(
        "--steps",
        type=_count,
        help=f"default: 50; of an SDE {STEPS}; between walls 200, of pf_ode 100; of a diffusion "
        "model all",
    )
    parser.add_argument("--direction", choices=["forward", "reverse"], default="forward")
    parser.add_argument("--eps", type=_level, help=f"level of an SDE's noise (default: {EPS:g})")
    parser.add_argument(
        "--eps-shape",
        type=_shape,
        metavar="SHAPE",
        help=f"how it depends on t: {', '.join(EPS_SHAPES)}, or points t:value of a curve, such as "
        f"{DRAWN} (default: auto)",
    )
    _add_diffusion(parser.add_argument_group("of a diffusion model"))
    _add_common(parser, seed=0)


def _add_diffusion(group: argparse._ArgumentGroup) -> None:
    """The options of its samplers, None where they are not given: see `flowlab.sample`."""
    add = group.add_argument
    add("--T", type=_count, help="steps of the training schedule (default: 1000)")
    add("--schedule", choices=SCHEDULES, help="default: linear")
    add("--kind", choices=KINDS, help="default: vp")
    words = "bring the target to the noise's mean and scale first"
    add("--standardise", action="store_true", default=None, help=words)
    add("--eta", type=_level, help="noise of ddim (default: 0) and of langevin (1)")
    add("--variance", choices=VARIANCES, help="of ddpm (default: posterior)")
    words = "of reverse_sde (default: euler_maruyama) or of pf_ode (heun)"
    add("--predictor", choices=[*SDE_PREDICTORS, *ODE_PREDICTORS], help=words)
    add("--corrector", type=_count, help="Langevin steps after each step of reverse_sde")
    add("--snr", type=_level, help="their signal-to-noise ratio (default: 0.16)")
    words = "half the side of a box to which points are clipped after each step"
    add("--clamp", type=_level, metavar="HALF", help=words)
    add("--step-size", type=_level, help="of langevin, at the last sigma")
    add("--label", type=_class, help="the class of the target that is led to, counted from 0")
    words = "how strongly: 0 all classes, 1 that class (default), more goes beyond it"
    add("--guidance", type=_level, metavar="GAMMA", help=words)
    words = "two t between which there is guidance"
    add("--interval", type=_levels, metavar="T,T", help=words)
    words = "levels of noise of langevin, or the least and the largest of ve"
    add("--sigmas", type=_levels, metavar="SIGMA,...", help=words)


def _add_render(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="DOC_OR_RUN", help="a .flowlab file, or preset:NAME")
    _add_output(parser, metavar="FILE", required=True,
                help=".mp4 .gif .webp .apng .png .svg or .pdf; a name without "
                "a suffix becomes a folder of PNG frames")  # fmt: skip
    parser.add_argument(
        "--view",
        metavar="NAME",
        help=f"what to show: {', '.join(VIEWS)} (default: the document's)",
    )
    parser.add_argument(
        "--shows", choices=list(SHOWS), help="which flow (default: the document's choice)"
    )
    parser.add_argument("--size", metavar="WxH", default="1280x720")
    parser.add_argument("--fps", type=_positive, default=30.0)
    parser.add_argument("--seconds", type=_positive, default=4.0, help="from t = 0 to t = 1")
    parser.add_argument("--theme", choices=["dark", "light"], default="dark")
    parser.add_argument("--t", type=_time, help="the time of a still (1; of blends and fields 0.5)")
    parser.add_argument("--ping-pong", action="store_true", help="forth and back")
    _add_common(parser, seed=None)


def _add_images(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file of weights, or a folder with one")
    parser.add_argument("-n", type=_count, default=64, help="how many pictures (default: 64)")
    _add_output(parser, required=True, metavar="grid.png",
                help="a .png of the last step, or .gif, .webp or .mp4 of all")  # fmt: skip
    parser.add_argument("--method", choices=list(PICTURE_METHODS), default="heun")
    parser.add_argument("--steps", type=_count, default=32, help="default: 32")
    parser.add_argument("--label", type=_class, help="the class; all in turn if left out")
    parser.add_argument("--seed", type=_seed, default=0, help="same seed, same pictures")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_checkpoint(parser: argparse.ArgumentParser) -> None:
    words = "a .pt, .pth, .ckpt, .bin or .safetensors file, or a folder of diffusers"
    parser.add_argument("file", metavar="FILE", help=words)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="once each, about a minute in all")
    parser.add_argument("--only", metavar="GROUP[,GROUP]", help="these groups of rows alone")
    parser.add_argument("--list", action="store_true", help="say which groups there are")
    parser.add_argument("--plot", metavar="FILE.png", help="draw cost against particles and steps")
    _add_force(parser)
    parser.add_argument(
        "--json", action="store_true", help="print a JSON object a line: the machine, then each row"
    )


def _add_output(parser: argparse.ArgumentParser, **options: Any) -> None:
    parser.add_argument("-o", "--output", **options)
    _add_force(parser)


def _add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def _add_common(parser: argparse.ArgumentParser, *, seed: int | None) -> None:
    parser.add_argument("--seed", type=_seed, default=seed, help="same seed, same result")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda ... (default: auto)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _positive(text: str) -> float:
    value = _number(text, Limits(0.0, 1e7))
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _count(text: str) -> int:
    return _whole(text, 1, 1_000_000_000, "a whole number of at least 1")


def _class(text: str) -> int:
    return _whole(text, 0, 1_000_000_000, "a whole number of at least 0")


def _seed(text: str) -> int:
    return _whole(text, 0, 2**31 - 1, f"a whole number from 0 to {2**31 - 1}")


def _whole(text: str, low: int, high: int, words: str) -> int:
    value = _number(text, Limits(low, high, whole=True))
    if value != int(value) or not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {words}")
    return int(value)


def _method(text: str) -> str:
    try:
        return method_of(text)
    except Invalid as error:
        words = str(error).rstrip(".")
        raise argparse.ArgumentTypeError(f"{words[:1].lower()}{words[1:]}") from None


def _level(text: str) -> float:
    return _number(text, Limits())


def _levels(text: str) -> list[float]:
    return [_level(each) for each in text.split(",")]


def _shape(text: str) -> str | list[tuple[float, float]]:
    """The name of a level over time, or the points t:value of a drawn one, between commas."""
    if text in EPS_SHAPES:
        return text
    pairs = [point.split(":") for point in text.split(",")]
    if not all(len(pair) == 2 for pair in pairs):
        names = ", ".join(EPS_SHAPES)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one of {names}, nor points t:value such as {DRAWN}"
        )
    return [(_number(t, Limits()), _number(value, Limits())) for t, value in pairs]


def _time(text: str) -> float:
    return _number(text, Limits(0.0, 1.0))


def _number(text: str, limits: Limits) -> float:
    """The number that a person wrote, in any notation that a box of the window takes."""
    try:
        return parse(text, limits, Notation())
    except Invalid:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
