"""Readers and damaged files: a result or one sentence, soon, whatever the bytes are.

`pytest tests/files/test_fuzz.py --mutations 10000` tries many; `--fuzz-seed N --mutations 1`
repeats the one of that number.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import classes_of
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Grid, Picture, Points, Ring, Stroke
from flowlab.core.document.view import View
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.views.bundle import Bundle
from flowlab.files import session
from flowlab.files.pictures import LONGEST_SIDE, read_picture
from flowlab.files.points import fit, read_points
from tests.files import mutations, zip_mutations
from tests.files.mutations import damaged

SECONDS, MEGABYTES = 5.0, 700  # that one file may take
Way = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Sample:
    """A good file, how it is read, and the ways to change it."""

    name: str
    content: bytes
    read: Callable[[Path], Any]
    use: Callable[[Any], None]
    ways: tuple[Way, ...] = (damaged,)


# --- what is done with a result: nothing of that may fail ---------------------------------------


def use_session(opened: session.Session) -> None:
    float(opened.state.get("t", 0.5))
    assert set(map(len, opened.losses.values())) in (set(), {len(opened.losses.get("step", ()))})
    for shape in (opened.document.source, opened.document.target):
        classes_of(shape)
        with contextlib.suppress(Invalid):  # it may have no mass
            build(shape)
    for weights in (opened.weights, *opened.snapshots):
        if weights is not None:
            with contextlib.suppress(Invalid):  # they may be of another size
                field_of(opened.document, weights)
    if opened.preview is not None:
        assert np.isfinite(opened.preview.at(0.3)).all()
        assert f"{opened.preview.evaluations:,} {opened.preview.step:,}"
    parts = ("weights", "preview", "state", "losses", "snapshots", "thumbnail")
    kept = {name: getattr(opened, name) for name in parts}
    again = session.unpack(session.pack(opened.document, **kept))
    assert again.document == opened.document
    assert (again.state, again.thumbnail) == (opened.state, opened.thumbnail)
    assert len(again.snapshots) == len(opened.snapshots)


def use_points(points: Points) -> None:
    assert np.isfinite(points.points.values).all()
    fit(points)
    classes_of(points)


def use_picture(picture: Picture) -> None:
    assert max(picture.pixels.shape) <= LONGEST_SIDE


# --- good files -----------------------------------------------------------------------------------


def trained() -> bytes:
    network = Network(width=6, depth=1, conditional=True, waves="off")
    document = Document(target=Ring(count=3), network=network, view=View(name="conditions"))
    trainer = Trainer(document)
    early = trainer.weights()
    trainer.advance(3)
    points = np.random.default_rng(0).normal(size=(3, 9, 2)).astype(np.float32)
    preview = Bundle(
        times=np.linspace(0, 1, 3, dtype=np.float32),
        points=points,
        knot_velocities=points * 2,
        method="rk4",
    )
    losses = {name: np.arange(4.0) for name in ("step", "mse", "quadratic")}
    return session.pack(
        document,
        trainer.weights(),
        preview=replace(preview, source=points[0].copy(), target=points[2].copy()),
        state={"t": 0.5, "playing": True, "name": "flow", "path": "/a", "saved": "now"},
        losses=losses,
        snapshots=(early,),
        thumbnail=picture("PNG"),
    )


def with_arrays() -> list[bytes]:
    rng = np.random.default_rng(1)
    strokes = tuple(
        Stroke(tool=tool, path=Array(rng.normal(size=(4, 3))), seed=k)
        for k, tool in enumerate(("brush", "spray", "move"))
    )
    labels = Array(np.arange(9) % 3, np.int64)
    cloud = Points(points=Array(rng.normal(size=(9, 2))), labels=labels)
    grid = Grid(density=Array(rng.uniform(size=(5, 6))))
    grey = Picture(pixels=Array(rng.integers(0, 255, (7, 8)), np.uint8), name="a.png")
    lines = Coupling(kind="lines", lines=Array(rng.normal(size=(3, 4))))
    pairs = [(Drawing(strokes=strokes), cloud), (grid, grey)]
    documents = [Document(source=p, target=q, coupling=lines) for p, q in pairs]
    return [session.pack(document) for document in documents]


def picture(kind: str, mode: str = "RGB") -> bytes:
    values = np.random.default_rng(2).integers(0, 255, (24, 30, 4), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(values, "RGBA").convert(mode).save(stream, kind)
    return stream.getvalue()


def table(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    stream = io.BytesIO()
    save(stream, *arrays, **named)
    return stream.getvalue()


@cache
def samples() -> tuple[Sample, ...]:
    rows = np.random.default_rng(3).normal(size=(12, 2))
    classes = np.arange(12) % 3
    whole = np.column_stack([rows, classes])
    text = table(np.savetxt, whole, delimiter=",", header="x,y,class", comments="")
    zips = (zip_mutations.odd_zip, zip_mutations.odd_zip, zip_mutations.odd_zip, damaged)
    sessions = [session.pack(Document()), trained(), trained(), *with_arrays()]
    clouds = {
        "a.csv": (text, (damaged, mutations.odd_text, mutations.odd_text)),
        "b.csv": (text.replace(b",", b"; ").replace(b".", b","), (damaged, mutations.odd_text)),
        "a.npy": (table(np.save, whole), (damaged, zip_mutations.odd_npy)),
        "a.npz": (table(np.savez_compressed, points=rows, labels=classes), zips),
    }
    pictures = {
        "a.png": (picture("PNG", "RGBA"), (damaged, mutations.odd_png)),
        "b.png": (picture("PNG", "P"), (damaged, mutations.odd_png)),
        "a.jpg": (picture("JPEG"), (damaged,)),
        "a.webp": (picture("WEBP"), (damaged,)),
    }
    return (
        *(Sample("a.flowlab", c, session.load, use_session, zips) for c in sessions),
        *(Sample(n, c, read_points, use_points, ways) for n, (c, ways) in clouds.items()),
        *(Sample(n, c, read_picture, use_picture, ways) for n, (c, ways) in pictures.items()),
    )


# --- the run --------------------------------------------------------------------------------------


def mutation(seed: int) -> tuple[Sample, bytes]:
    """The sample of a number and what becomes of it."""
    rng = Random(seed)
    sample = rng.choice(samples())
    return sample, rng.choice(sample.ways)(sample.content, rng)


def fault(sample: Sample, path: Path) -> str:
    """What is wrong with how the file is read; empty where nothing is."""
    begun, before = time.perf_counter(), high_water()
    try:
        found = sample.read(path)
    except Invalid as error:
        text = str(error)
        if text != " ".join(text.splitlines()) or not text.endswith(".") or len(text) > 1000:
            return f"not a sentence: {text[:300]!r}"
    except Exception as error:
        return f"{type(error).__name__} from the reader: {error}"[:300]
    else:
        try:
            sample.use(found)
        except Exception as error:
            return f"{type(error).__name__} from a result: {error}"[:300]
    took, grown = time.perf_counter() - begun, high_water() - before
    if took > SECONDS or grown > MEGABYTES:
        return f"{took:.1f} s and {grown:.0f} MB"
    return ""


def high_water() -> float:
    """Most memory so far that this process has had, in MB; 0 where that can't be known."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@pytest.mark.timeout(0)  # as long as the mutations take that were asked for
def test_every_mutation_is_read_or_refused_in_a_sentence(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = int(request.config.getoption("--mutations", default=300))
    first = int(request.config.getoption("--fuzz-seed", default=0))
    with capsys.disabled():
        sys.stdout.write(f"\n{count} mutations, seeds {first} to {first + count - 1}\n")
    faults = []
    for seed in range(first, first + count):
        sample, content = mutation(seed)
        path = tmp_path / sample.name
        path.write_bytes(content)
        if wrong := fault(sample, path):
            faults.append(f"--fuzz-seed {seed} --mutations 1: {sample.name}: {wrong}")
    assert not faults, "\n".join(faults)


def test_the_good_files_are_read(tmp_path: Path) -> None:
    for sample in samples():
        (tmp_path / sample.name).write_bytes(sample.content)
        sample.use(sample.read(tmp_path / sample.name))


def test_mutations_reach_past_the_checksums(tmp_path: Path) -> None:
    """Else the fuzzing tests zipfile: some results, and refusals by many different sentences."""
    told = set()
    for seed in range(400):
        sample, content = mutation(seed)
        (tmp_path / sample.name).write_bytes(content)
        try:
            sample.read(tmp_path / sample.name)
            told.add("read")
        except Invalid as error:
            told.add(str(error))
    assert "read" in told
    assert len(told) > 60
