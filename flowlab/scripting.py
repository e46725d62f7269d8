"""The functions of `import flowlab` for scripts and notebooks. No Qt; torch is loaded on use."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from flowlab.core.diffusion.settings import DIFFUSION_METHODS
from flowlab.core.document import document as documents
from flowlab.core.document.arguments import kind_of, plain_number, whole
from flowlab.core.document.gallery import preset, preset_names
from flowlab.core.document.learned import between_walls
from flowlab.core.document.limits import Checked, Invalid, shown
from flowlab.core.document.methods import method_of, uses_walls
from flowlab.core.document.recipes import RECIPE_ALIASES, RECIPES
from flowlab.core.document.shapes import Points, Shape
from flowlab.core.document.solver import Solver
from flowlab.core.reflected.settings import WALL_METHODS
from flowlab.core.stochastic.settings import EPS, SDE_METHODS, STEPS

if TYPE_CHECKING:
    from flowlab.core.diffusion.sampler import Sampler
    from flowlab.core.distributions.factory import Distribution
    from flowlab.core.exact import Oracle
    from flowlab.core.learning.trainer import Progress
    from flowlab.core.stochastic.sampling import SdeSolver
    from flowlab.core.views.bundle import Bundle
    from flowlab.run import Run

MOST_PAIRS = 1_000_000  # of a reflow

Spec = Any  # what `shape_of` takes

# Every part of a document that has fields of its own, the settings of rooms among them.
_GROUPS: dict[str, type] = {
    name: hint
    for name, hint in get_type_hints(documents.Document).items()
    if issubclass(hint, Checked) and not issubclass(hint, Shape)
}


def presets() -> list[str]:
    """Names of the presets, each of which `flowlab.load("preset:NAME")` opens."""
    return preset_names()


def distribution(name_or_spec: Spec, **options: Any) -> Distribution:
    """A distribution with `sample(n, generator)`, `log_prob(x)` where known, and `labels`.

    Takes a name of the gallery or a kind with options: `("mixture", means=..., stds=...)`,
    `("polygon", vertices=...)`, `("points", points=..., labels=...)`,
    `("grid", density=..., extent=(x0, x1, y0, y1))`, `("text", text=...)`. Raises `Invalid`.
    """
    from flowlab.core.distributions.factory import build

    return build(shape_of(name_or_spec, **options))


def shape_of(given: Spec, **options: Any) -> Shape:
    """The shape of a spec; raises `Invalid` if it isn't one."""
    from flowlab.core.document import specs

    return specs.shape_of(given, **options)


def read_points(
    path: str | Path,
    *,
    x: str | int | None = None,
    y: str | int | None = None,
    label: str | int | bool | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    flip_y: bool = False,
    empty: str = "refuse",
    array: str | None = None,
    sheet: str | int | None = None,
) -> Points:
    """The points of a CSV, TSV, TXT, XLSX, NPY or NPZ file, as a shape for a document.

    `x`, `y` and `label` are a column's name, or its number counted from 1; `label=False` reads no
    classes, of which there may be 8; their words become the shape's `classes`. `array` names the
    array of points in an NPZ file that holds several, `sheet` the sheet of an XLSX file (or it is
    its number, from 1). `header` says whether the first row holds names, `flip_y` that y points
    down as in pictures. Rows without x, y or class are left out with `empty="skip"`; else such a
    file is refused, so that no script loses rows without a word. What isn't given is found from the
    file. Raises `Invalid`, also where a table can be understood in more than one way. Coordinates
    stay as they are in the file.
    """
    from flowlab.files.points import read_points as read
    from flowlab.files.tables.table import Options

    _check_path(path)
    _check_options(x=x, y=y, label=label, separator=separator, decimal=decimal, header=header)
    kind_of(flip_y, bool, "flip_y", "True or False")
    kind_of(empty, str, "empty", "'skip' or 'refuse'")
    if array is not None:
        kind_of(array, str, "array", "the name of an array or None")
    if sheet is not None:
        kind_of(sheet, (str, int), "sheet", "the name of a sheet, its number or None")
    written = separator, decimal, header
    return read(path, options=Options(x, y, label, *written, bool(flip_y), empty, array, sheet))


def Document(
    source: Spec = "gaussian", target: Spec = "eight_gaussians", *, seed: int = 0, **groups: Any
) -> documents.Document:
    """A document from specs: `Document(source="gaussian", target="moons", seed=1)`.

    `network`, `training`, `solver`, `path`, `coupling`, `view` and `blending` may be objects or
    dictionaries of some of their fields; `recipe` names the network and training that such
    dictionaries then modify. Raises `Invalid`.
    """
    base = _recipe(groups.pop("recipe", None))
    unknown = set(groups) - set(_GROUPS)
    if unknown:
        known = ", ".join(["source", "target", "seed", "recipe", *_GROUPS])
        raise Invalid(f"A document has no {', '.join(sorted(unknown))}; it takes {known}.")
    fields = {name: _group(name, value, base.get(name)) for name, value in groups.items()}
    ends: dict[str, Any] = {"source": shape_of(source), "target": shape_of(target)}
    return documents.Document(**ends, **(base | fields), seed=plain_number(seed))


def _recipe(name: Any) -> dict[str, Any]:
    """Network and training of a recipe by its name or an alias, in any case; empty for None."""
    if name is None:
        return {}
    aliases = {alias: RECIPES[key] for alias, key in RECIPE_ALIASES.items()}
    known = {key.casefold(): parts for key, parts in (RECIPES | aliases).items()}
    recipe = known.get(name.casefold()) if isinstance(name, str) else None
    if recipe is None:
        raise Invalid(f"There is no recipe {shown(name)}; try {', '.join(RECIPES)}.")
    return dict(zip(("network", "training"), recipe, strict=True))


def _group(name: str, value: Any, base: Any) -> Any:
    cls = _GROUPS[name]
    if isinstance(value, cls):
        return value
    if not isinstance(value, Mapping):
        what = f"a {cls.__name__} or a dictionary of its fields"
        raise Invalid(f"{name} must be {what}, not {shown(value)}.")
    known = {spec.name for spec in dataclasses.fields(cls)}
    for field in value:
        if field not in known:
            raise Invalid(f"{name} has no {field!r}; it takes {', '.join(sorted(known))}.")
    fields = {field: plain_number(part) for field, part in value.items()}
    return cls(**fields) if base is None else dataclasses.replace(base, **fields)


def load(path: str | Path) -> documents.Document | Run:
    """Open a `.flowlab` file, or `preset:NAME`: a Run where it holds weights, else a Document.

    Warns if a file of a newer version has something unknown to this one; raises `Invalid`.
    """
    from flowlab.files import session

    _check_path(path)
    if isinstance(path, str) and path.startswith("preset:"):
        return preset(path.removeprefix("preset:"))
    opened = session.load(path)
    for remark in opened.remarks:
        warnings.warn(remark, stacklevel=2)
    if opened.weights is None:
        return opened.document
    from flowlab.run import Run

    run = Run(document=opened.document, weights=opened.weights, losses=dict(opened.losses))
    _ = run.field  # raises where the weights don't fit, now rather than later
    return run


def save(document_or_run: documents.Document | Run, path: str | Path) -> None:
    """Write a document or a run as a `.flowlab` file in one step; raises `Invalid`."""
    from flowlab.files import session

    _check_path(path)
    if isinstance(document_or_run, documents.Document):
        session.save(path, document_or_run)
        return
    from flowlab.run import Run

    if not isinstance(document_or_run, Run):
        raise Invalid(f"A document or a run can be saved, not {shown(document_or_run)}.")
    run = document_or_run
    session.save(path, run.document, run.weights, losses=run.losses)


def train(
    document: documents.Document,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Train for `seconds` or `steps`, whichever ends first (2000 steps if neither is given).

    `progress` is called with (step, mse, quadratic) after each block. Raises `Invalid`, and
    `Diverged` where the loss becomes infinite or NaN: its `weights` are the last finite ones, for
    `Run(document=document, weights=error.weights)`.
    """
    from flowlab.run import train as run_train

    return run_train(
        _document(document),
        seconds=plain_number(seconds),
        steps=plain_number(steps),
        device=kind_of(device, str, "The device", "its name, as auto, cpu or cuda"),
        seed=plain_number(seed),
        progress=progress,
    )


def reflow(run: Run, n: int = 16_384) -> documents.Document:
    """The run's document with pairs (x0, where the learned flow carries x0) as its coupling.

    Training it gives the next generation of a rectified flow (Liu et al. 2022,
    arXiv:2209.03003). Raises `Invalid` where particles leave the plane.
    """
    from flowlab.core.learning.reflow import pairs_of, reflowed
    from flowlab.run import Run

    kind_of(run, Run, "What is flowed anew", "a run, as from flowlab.train()")
    n = whole(n, "n, how many pairs a reflow takes,", 1, MOST_PAIRS)
    return reflowed(run.document, pairs_of(run.field, run.document, n))


def _document(given: Any) -> documents.Document:
    if not isinstance(given, documents.Document):
        as_of = "as flowlab.Document() or flowlab.load()"
        raise Invalid(f"Give a document, {as_of}, not {shown(given)}.")
    return given


_COLUMN = (str, int), "the name of a column, its number or None"
_OPTIONS: dict[str, tuple[Any, str]] = {
    "x": _COLUMN,
    "y": _COLUMN,
    "label": (_COLUMN[0], "the name of a column, its number, False or None"),
    "separator": (str, "text or None"),
    "decimal": (str, "text or None"),
    "header": (bool, "True, False or None"),
}


def _check_options(**given: Any) -> None:
    """Raise `Invalid` for options of a table that cannot be meant."""
    for name, value in given.items():
        kind, wanted = _OPTIONS[name]
        misplaced = isinstance(value, bool) and (name in "xy" or (name, value) == ("label", True))
        if value is not None and (misplaced or not isinstance(value, kind)):
            raise Invalid(f"{name} must be {wanted}, not {shown(value)}.")


def _check_path(path: Any) -> None:
    """Raise `Invalid` unless this can be the name of a file."""
    kind_of(path, (str, os.PathLike), "The path of a file", "text or a pathlib.Path")
    if not os.fspath(path) or "\0" in os.fsdecode(path):
        raise Invalid(f"The path of a file must name one, not {shown(os.fspath(path))}.")


def sample(
    run_or_oracle: Run | Oracle,
    n: int,
    *,
    method: str = "heun",
    steps: int | None = None,
    seed: int = 0,
    direction: str = "forward",
    rtol: float = 1e-4,
    atol: float = 1e-4,
    condition: Any = None,
    eps: float | None = None,
    eps_shape: str | Sequence[tuple[float, float]] | None = None,
    T: int | None = None,
    schedule: str | None = None,
    kind: str | None = None,
    standardise: bool | None = None,
    eta: float | None = None,
    variance: str | None = None,
    predictor: str | None = None,
    corrector: int | None = None,
    snr: float | None = None,
    clamp: float | None = None,
    step_size: float | None = None,
    sigmas: float | Sequence[float] | None = None,
    guidance: float | None = None,
    label: int | None = None,
    interval: Sequence[float] | None = None,
) -> Bundle:
    """Carry n samples along the flow: a Bundle with `times` (T,) and `points` (T, N, 2).

    Times ascend from 0 to 1 also for `direction` "reverse", from target to source. A run and the
    oracle of its document start from the same points for the same seed. A conditional network is
    conditioned on the class `condition`, or on one for each sample (n,); by default classes are
    drawn from the target's. The bundle's `labels` holds them.

    The methods "euler_maruyama" and "stochastic_heun" solve dX = (b + eps(t) s) dt +
    sqrt(2 eps(t)) dW, in reverse with the drift b - eps(t) s: other paths with the same marginals.
    `eps` (2) times `eps_shape` is eps(t): "alpha", "constant", "sine", "gamma", or points
    (t, value) of a curve; by default "gamma" along a path with latent noise, else "alpha". With
    one seed, twice the steps refine the same Brownian paths. By default `steps` is 50 for an ODE
    and 80 for an SDE.

    The methods "reflected_euler", "predictor_corrector" and "pf_ode" carry uniform samples between
    the document's walls to its target, by the exact score (`document.reflected`), of the class
    `condition` if given; by default in 200 steps, "pf_ode" in 100.

    The methods "ddpm", "ddim", "reverse_sde", "pf_ode" and "langevin" take the flow as a diffusion
    model, whose noise is its source, one Gaussian drawn independently of the target; an oracle is
    the exact noise and score. They take `steps` (all) of a training schedule of `T` (1,000) steps:

    - `schedule` "linear", "cosine" or "vp"; `kind` "vp", "ve" (with two `sigmas`, the least and the
      largest), "sub_vp" or, for DDIM, "blend"; `standardise` brings the target to the noise's mean
      and scale first
    - "ddpm": `variance` "posterior", "beta" or "optimal"; `clamp` clips points to a box of half so
      many a side after each step, as a published text does; also "ddim" and "reverse_sde"
    - "ddim": `eta` from 0, deterministic, to 1, which is "ddpm"
    - "reverse_sde": `predictor` "euler_maruyama", "reverse_diffusion" or "sample_timestep_iter",
      which is that text's and no sampler; so many steps of a Langevin `corrector` after each (0),
      with a signal-to-noise ratio `snr` (0.16)
    - "pf_ode": `predictor` "heun" or "euler"
    - "langevin": `steps` (1,000) of a `step_size` along the score of the target with a little
      noise, at one of `sigmas` (0.01, of a learned score 0.1) or annealed over several; `eta`
      multiplies its noise
    - all: `label`, a class of the target that is led to, and `guidance`, the scale gamma of
      gamma s(x | y) + (1 - gamma) s(x): 0 is all classes, 1 (the default with a label) that class,
      more goes beyond it; `interval`, two t between which gamma counts, and is 1 elsewhere. A
      conditional network needs label dropout for it; any other is led by a classifier of its noisy
      points, trained then and there, an oracle by the exact field of the class

    In reverse "ddpm" and "reverse_sde" noise samples of the target. "pf_ode" is that between walls
    where the document uses walls: where its network has learned a score there, or else its view is
    one of the reflected room, or its walls have been changed, and no option of a diffusion model is
    given.

    Raises `Invalid` where no score is known, and warns (`RuntimeWarning`) where particles left the
    plane because steps were too long.
    """
    from flowlab.core.views.lost import LostParticles
    from flowlab.run import lost_of
    from flowlab.run import sample as run_sample

    method = method_of(method)
    diffusion: dict[str, Any] = {
        "T": T, "schedule": schedule, "kind": kind, "standardise": standardise, "eta": eta,
        "variance": variance, "predictor": predictor, "corrector": corrector, "snr": snr,
        "clamp": clamp, "step_size": step_size, "sigmas": sigmas, "guidance": guidance,
        "label": label, "interval": interval,
    }  # fmt: skip
    given = {name: plain_number(value) for name, value in diffusion.items() if value is not None}
    diffuses = method in DIFFUSION_METHODS and not _is_between(run_or_oracle, method, given)
    if given and not diffuses:
        raise Invalid(_misplaced(next(iter(given)), method))
    if method not in SDE_METHODS and (eps is not None or eps_shape is not None):
        raise Invalid(f"eps and eps_shape belong to an SDE: take {' or '.join(SDE_METHODS)}.")
    if method in WALL_METHODS and not diffuses:
        return _between_walls(run_or_oracle, n, method, steps, seed, direction, condition)
    steps = None if steps is None else plain_number(steps)
    solver: Solver | SdeSolver | Sampler
    if method in SDE_METHODS:
        solver = _sde_solver(method, steps, direction, eps, eps_shape)
    elif diffuses:
        solver = _sampler(method, steps, direction, given)
    else:
        rtol, atol, steps = plain_number(rtol), plain_number(atol), 50 if steps is None else steps
        solver = Solver(method=method, steps=steps, direction=direction, rtol=rtol, atol=atol)
    bundle = run_sample(run_or_oracle, plain_number(n), solver, plain_number(seed), condition)
    lost = lost_of(bundle, run_or_oracle, solver)
    if lost:
        warnings.warn(lost, LostParticles, stacklevel=2)
    return bundle


def _is_between(run_or_oracle: Any, method: str, given: Mapping[str, Any]) -> bool:
    """True if a method that there is of both kinds is meant between walls."""
    document = getattr(run_or_oracle, "document", None)
    if method not in WALL_METHODS or not isinstance(document, documents.Document):
        return False
    return between_walls(document) or (uses_walls(document) and not given)


def _misplaced(name: str, method: str) -> str:
    methods = " or ".join(DIFFUSION_METHODS)
    if method in DIFFUSION_METHODS:
        return (
            f"{name} belongs to a diffusion model; this network has learned a score between walls."
        )
    return f"{name} belongs to a diffusion model: take {methods} as the method."


def _sampler(method: str, steps: Any, direction: str, given: Mapping[str, Any]) -> Sampler:
    from flowlab.core.diffusion.sampler import Sampler

    return Sampler(method=method, steps=steps, direction=direction, **given)


def _between_walls(
    run_or_oracle: Run | Oracle,
    n: Any,
    method: str,
    steps: Any,
    seed: Any,
    direction: str,
    condition: Any,
) -> Bundle:
    from flowlab.core.reflected.script import sample_between
    from flowlab.run import Run

    if direction != "forward":
        raise Invalid("Between walls samples are carried forward, from the uniform law.")
    document = getattr(run_or_oracle, "document", None)
    if document is None:
        raise Invalid(
            "Walls belong to a document: sample a run, or the oracle of a document, not "
            f"{shown(run_or_oracle)}."
        )
    steps = None if steps is None else whole(steps, "The number of steps", 1)
    learned = run_or_oracle.field if isinstance(run_or_oracle, Run) else None
    n, seed = whole(n, "n", 0), whole(seed, "The seed", 0)
    return sample_between(document, n, method, steps, seed, condition, learned)


def _sde_solver(method: str, steps: Any, direction: str, eps: Any, eps_shape: Any) -> SdeSolver:
    from flowlab.core.stochastic.sampling import SdeSolver

    return SdeSolver(
        method=method,
        steps=STEPS if steps is None else steps,
        direction=direction,
        eps=EPS if eps is None else plain_number(eps),
        eps_shape="auto" if eps_shape is None else eps_shape,
    )


def oracle(document: documents.Document | Run, condition: int | None = None) -> Oracle:
    """The exact `density`, `velocity`, `score` (x, t) and `pairs(x, t, n)` of independent ends.

    Takes a document or a run. `facts` says how exact it is: a closed form between mixtures, clouds
    of points and polygons, a fine grid between all other shapes. With a class of the target as
    `condition`, it is that of the pairs whose x1 is of this class. Raises `Invalid` where no exact
    field is known, as for a coupling that isn't independent.
    """
    from flowlab.core.exact import oracle_for, why_none

    base = _document(getattr(document, "document", document))
    if condition is not None:
        from flowlab.core.learning.conditioning import of_class

        class_document = of_class(base, condition)
        if class_document is None:
            raise Invalid(f"No exact field is known of class {shown(condition)} of this target.")
        base = class_document
    exact = oracle_for(base)
    if exact is None:
        raise Invalid(why_none(base))
    return exact
