"""The list of presets, and how their files are made."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

import flowlab
from flowlab.commands.presets import command
from flowlab.core.document.gallery import preset, preset_names
from flowlab.core.document.limits import Invalid
from flowlab.files import session

Capture = pytest.CaptureFixture[str]


def arguments(**changed: object) -> argparse.Namespace:
    return argparse.Namespace(
        **{"force": False, "json": False, "build": None, "seconds": None} | changed
    )


def test_every_name_is_told_with_both_its_ends(capsys: Capture) -> None:
    command(arguments())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(preset_names())
    for line, name in zip(lines, preset_names(), strict=True):
        document = preset(name)
        assert line.split() == [name, *f"{document.source.title} → {document.target.title}".split()]


def test_as_json_it_is_one_object(capsys: Capture) -> None:
    command(arguments(json=True))
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"presets": preset_names()}


def test_what_is_built_opens_as_a_run_and_the_first_has_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    names = preset_names()[:2]
    monkeypatch.setattr("flowlab.commands.presets.preset_names", lambda: names)
    monkeypatch.setattr("flowlab.commands.presets.preset_earlier", lambda name: 3)
    command(arguments(build=str(tmp_path), seconds=0.05))
    said = capsys.readouterr().out.splitlines()
    for name, line in zip(names, said, strict=True):
        path = tmp_path / f"{name}.flowlab"
        run, stored = flowlab.load(path), session.load(path)
        assert isinstance(run, flowlab.Run)
        assert run.document == preset(name)
        assert line.startswith(f"{name}.flowlab: {run.weights.step} steps, ")
        assert stored.snapshots[0].step == 1  # to look back on the training
        assert len(stored.snapshots) == 3
        assert (stored.preview is not None) == (name == names[0])
        if stored.preview is not None:
            view = stored.preview
            assert view.points.shape[1] == 3000
            first = flowlab.sample(run, 3000, seed=run.document.seed)
            np.testing.assert_allclose(view.points[0], first.points[0], atol=0.01)  # 16 bits
            assert view.step == run.weights.step


def test_there_must_be_a_folder_to_build_into(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There is no folder"):
        command(arguments(build=str(tmp_path / "none")))
