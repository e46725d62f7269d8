"""Which test a module has: whoever changes one finds what holds it to its word.

A module is named by a test that imports it, or by the test that lies where it lies. What draws or
is clicked is often reached through the picture or the window that it is a part of: such a module is
listed with the tests that go through it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from flowlab.core.views.registry import VIEWS

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
MOST = 25  # lines of logic that a module may have without a test that names it

# Painted into a picture that its tests look at, or clicked in a window: the tests that do so.
THROUGH = {
    "flowlab.scene.blending.blend_marks": "scene/test_chain.py",
    "flowlab.scene.blending.blend_view": "scene/test_blend.py",
    "flowlab.scene.blending.chain_pair": "scene/test_chain.py",
    "flowlab.scene.export.stills": "scene/export/test_export.py",
    "flowlab.scene.layers.paths": "scene/test_frames.py",
    "flowlab.scene.particles.vector_particles": "scene/particles/test_particle_colours.py",
    "flowlab.ui.flow.lazy_metrics": "ui/flow/test_metrics_panel.py",
    "flowlab.ui.forms.tables": "ui/forms/test_form.py",
    "flowlab.ui.plots.axes": "ui/plots/test_plot.py",
    "flowlab.ui.plots.path_lines": "ui/flow/test_path_panel.py",
    "flowlab.ui.plots.series": "ui/plots/test_plot.py",
    "flowlab.ui.room.cards": "ui/blending/test_rooms.py",
    "flowlab.ui.room.class_chips": "ui/blending/test_controls.py",
    "flowlab.ui.room.left": "ui/blending/test_rooms.py",
    "flowlab.ui.room.training_row": "ui/shell/test_look_back.py",
    "flowlab.ui.room.view_switch": "ui/blending/test_rooms.py",
}
MEASURED = "flowlab.bench."  # groups of rows, which are measurements and run for minutes


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def logic(source: str) -> int:
    """Lines of the bodies of functions, without what they say of themselves."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in node.body:
                said = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
                if not said and not isinstance(part, ast.Pass):
                    lines.update(range(part.lineno, (part.end_lineno or part.lineno) + 1))
    return len(lines)


def imported(source: str) -> set[str]:
    """Every name that might be a module's."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def mirrored(path: Path) -> Path:
    """Where the test of a module lies."""
    folder = path.relative_to(ROOT / "flowlab").parent
    return TESTS / folder / f"test_{path.stem}.py"


@pytest.fixture(scope="module")
def unnamed() -> set[str]:
    """The modules with logic that no test names."""
    named: set[str] = set()
    for path in TESTS.rglob("*.py"):
        named |= imported(path.read_text(encoding="utf-8"))
    return {
        module_of(path)
        for path in (ROOT / "flowlab").rglob("*.py")
        if module_of(path) not in named
        and not mirrored(path).exists()
        and logic(path.read_text(encoding="utf-8")) > MOST
    }


def test_every_module_with_logic_is_named_by_a_test(unnamed: set[str]) -> None:
    left = sorted(m for m in unnamed - THROUGH.keys() if not m.startswith(MEASURED))
    assert not left, f"no test imports these, none lies where they lie: {left}"


def test_an_exception_is_one_still(unnamed: set[str]) -> None:
    """Whoever has a test of its own by now needs none; nor does who is gone."""
    assert sorted(THROUGH.keys() - unnamed) == []


def test_only_what_draws_or_is_clicked_may_be_reached_through_another() -> None:
    assert all(name.startswith(("flowlab.scene.", "flowlab.ui.")) for name in THROUGH)
    assert sorted({test for test in THROUGH.values() if not (TESTS / test).is_file()}) == []


def test_logic_is_what_functions_do() -> None:
    assert logic('"""Words."""\nA = [\n    1,\n    2,\n]\n') == 0
    assert logic('def f():\n    """Words."""\n') == 0
    assert (
        logic('class A:\n    b: int = 1\n\n    def f(self):\n        """Words."""\n        ...\n')
        == 0
    )
    assert logic("def f():\n    x = (\n        1\n    )\n    return x\n") == 4
    assert logic("def f():\n    def g():\n        return 1\n    return g\n") == 3
    assert imported("import a.b\nfrom c import d as e\nfrom . import f\n") == {"a.b", "c", "c.d"}


def test_readme_names_every_view() -> None:
    text = (ROOT / "README.md").read_text()
    line = text[text.index("\nViews: ") + 1 :].split("\n\n")[0]
    assert re.findall(r"`(\w+)`", line) == list(VIEWS)
