"""What is refused as a shape is exactly what can't be built."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.distributions.factory import build
from flowlab.core.distributions.refusals import check_shape, is_blank, problem_of, why_refused
from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Gaussian, Picture, Polygon, Ring, Stroke, Text

WHITE = Picture(pixels=Array(np.full((8, 8), 255, np.uint8)))
UNUSABLE = [
    (WHITE, "all of one tone"),
    (Picture(pixels=Array(np.full((8, 8), 5.0))), "all of one tone"),
    (Text(text="漢"), "has no character “漢”"),
    (Text(text="a\u200b"), "has no character"),
    (Polygon(vertices=((0, 0), (2, 2), (2, 0), (0, 2))), "crosses or touches itself"),
    (Polygon(vertices=((0, 0), (1, 1), (2, 2))), "no area"),
    (Drawing(), "Nothing is drawn"),
]


@pytest.mark.parametrize(("shape", "words"), UNUSABLE)
def test_what_cannot_be_built_has_a_sentence(shape, words: str) -> None:
    assert words in problem_of(shape)
    with pytest.raises(Invalid):
        build(shape)


@pytest.mark.parametrize("name", [name for name in GALLERY if name != "drawing"])
def test_what_can_be_built_has_none(name: str) -> None:
    build(GALLERY[name][1])
    assert problem_of(GALLERY[name][1]) == ""


def test_an_edit_to_an_unusable_shape_is_refused_with_its_role() -> None:
    before = Document()
    role, why = why_refused(before, replace(before, target=WHITE))
    assert (role, "one tone" in why) == ("target", True)
    assert why_refused(before, replace(before, source=Text(text="漢")))[0] == "source"
    assert why_refused(before, replace(before, target=Gaussian())) == ("", "")
    assert why_refused(before, replace(before, target=Drawing())) == ("", "")  # to draw on
    with pytest.raises(Invalid):
        check_shape(WHITE)


def test_reflow_pairs_refuse_another_shape_but_not_another_coupling() -> None:
    ends = Gaussian(), Ring()
    pairs = Array(np.zeros((10, 4), np.float32))
    reflow = Coupling(kind="reflow", pairs=pairs, ends=fingerprint(*ends))
    before = Document(source=ends[0], target=ends[1], coupling=reflow)
    role, why = why_refused(before, replace(before, target=Gaussian(offset_x=1.0)))
    assert role == "target"
    assert "reflow pairs join other distributions" in why
    both = replace(before, target=Gaussian(offset_x=1.0), coupling=Coupling())
    assert why_refused(before, both) == ("", "")


def test_a_drawing_that_was_erased_is_blank() -> None:
    line = Array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])
    ink = Stroke(path=line, size=0.4)
    rubber = Stroke(tool="eraser", path=line, size=3.0)
    assert not is_blank(Drawing(strokes=(ink,)))
    assert is_blank(Drawing(strokes=(ink, rubber)))
    assert is_blank(Drawing(strokes=(rubber,)))
    assert not is_blank(Drawing(strokes=(ink, rubber, ink)))


def test_it_imports_no_torch() -> None:
    code = (
        "import sys; from flowlab.core.distributions.refusals import problem_of;"
        "from flowlab.core.document.gallery import GALLERY;"
        "[problem_of(shape) for _, shape in GALLERY.values()];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
