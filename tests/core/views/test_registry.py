"""The registry is the one place that knows which rooms and views there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

import flowlab
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.views.registry import DEFAULT, ROOMS, VIEWS, room_of, settings_of
from flowlab.core.views.rows import LAYERS, PAIRS, resolve
from flowlab.scene.base.drawing import drawing_of

PACKAGE = Path(flowlab.__file__).parent
# names of views that mean other things as well
WORDS = {"blending", "density", "field", "grid", "likelihood", "divergence"}


@pytest.mark.parametrize("name", list(VIEWS))
def test_every_row_resolves_in_every_layer(name: str) -> None:
    row, room = VIEWS[name], room_of(name)
    assert callable(resolve(row.plan))
    assert not row.is_new or callable(resolve(row.is_new))
    assert drawing_of(name).layers
    assert callable(import_module(f"flowlab.ui.{room.name}.panels").make)
    assert row.seen(View(name=name)).name == name  # its overrides are fields of the view
    assert set(row.layers) <= {*LAYERS, PAIRS, "layout"}
    settings = settings_of(Document(view=View(name=name)))
    assert set(row.reads) <= ({spec.name for spec in fields(settings)} if settings else set())
    assert row.title
    assert row.tip


def test_a_layer_has_the_same_title_everywhere() -> None:
    labels = {spec.name: spec.metadata.get("label") for spec in fields(View)}
    assert {name: labels[name] for name in LAYERS} == LAYERS


def test_no_name_is_used_twice() -> None:
    names = [row.name for room in ROOMS for row in room.views]
    assert len(names) == len(set(names)) == len(VIEWS)
    assert len({room.name for room in ROOMS}) == len(ROOMS)
    assert View().name == DEFAULT == ROOMS[0].views[0].name


def test_a_document_has_no_other_view() -> None:
    with pytest.raises(Invalid, match=r"View: 'films' is not one of trajectories, "):
        Document(view=View(name="films"))


def test_the_rows_are_plain_data() -> None:
    for path in (PACKAGE / "core").glob("*/views.py"):
        assert imports(path) == {"flowlab.core.views.rows"}, path
    assert imports(PACKAGE / "core/views/rows.py") == set()
    known = {f"flowlab.core.{room.name}.views" for room in ROOMS} | {"flowlab.core.views.rows"}
    assert imports(PACKAGE / "core/views/registry.py") == known
    for path in (PACKAGE / "core").glob("*/settings.py"):
        assert imports(path) <= {"flowlab.core.document.limits"}, path


def imports(path: Path) -> set[str]:
    """The modules of the program that a module imports."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if is_import(node)]
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("flowlab")


def test_no_view_is_spelled_outside_its_room() -> None:
    found = [f"{path.relative_to(PACKAGE)}:{line}: {name}" for path, line, name in spelled()]
    assert not found, "\n".join(found)


def spelled() -> Iterator[tuple[Path, int, str]]:
    """Every place outside the rooms' packages where the name of a view is written."""
    rooms = {room.name for room in ROOMS}
    for path in PACKAGE.rglob("*.py"):
        if not rooms & set(path.relative_to(PACKAGE).parts):
            for line, name in spelled_in(ast.parse(path.read_text())):
                yield path, line, name


def spelled_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names of views in a module; of those that are words as well, only where a view is meant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in VIEWS.keys() - WORDS:
            yield node.lineno, str(node.value)
        elif means_a_view(node):
            yield from words_in(node)
        elif isinstance(node, ast.Tuple | ast.Set | ast.List | ast.Dict):
            words = list(words_in(node))
            if len(words) > 2:  # several of them beside each other are views
                yield words[0]


def means_a_view(node: ast.AST) -> bool:
    """A comparison of some `.name`, or a `View(...)`."""
    if isinstance(node, ast.Compare):
        return ".name" in ast.unparse(node.left)
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("View")


def words_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and inner.value in WORDS:
            yield inner.lineno, str(inner.value)


def test_the_walk_finds_what_it_looks_for() -> None:
    for line in (
        'if view.name == "grid": pass',
        'x = View(name="density")',
        'NAMES = ("blending", "field", "grid")',
        'y = views["chain"]',
    ):
        assert list(spelled_in(ast.parse(line))), line
