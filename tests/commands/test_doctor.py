"""What is found on this machine, beside what Python says of it."""

from __future__ import annotations

import argparse
import json
import os
import platform

import numpy as np
import pytest
import torch

import flowlab
from flowlab.commands.doctor import command, facts_found
from flowlab.resources import asset


@pytest.fixture(scope="module")
def facts() -> dict:
    return facts_found()


def test_versions_are_those_that_are_imported(facts: dict) -> None:
    assert facts["flowlab"] == flowlab.__version__
    assert facts["python"] == platform.python_version()
    assert facts["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert facts["numpy"] == np.__version__
    assert facts["cores"] == os.cpu_count()
    assert "missing" not in {facts["scipy"], facts["pyside6-essentials"], facts["safetensors"]}


def test_fonts_and_presets_are_the_files_that_lie_there(facts: dict) -> None:
    assert facts["presets"] == len(flowlab.presets())
    assert facts["fonts"]
    for name in facts["fonts"]:
        assert (asset("fonts") / name).is_file()


def test_ffmpeg_says_which_it_is(facts: dict) -> None:
    assert facts["ffmpeg"].startswith("ffmpeg version")
    assert "Copyright" not in facts["ffmpeg"]


@pytest.mark.parametrize("missing", [[], ["libegl1", "libgl1"]])
def test_what_is_missing_is_told_with_its_cure(
    missing: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("flowlab.app.missing_libraries", lambda *_: missing)
    command(argparse.Namespace(json=False))
    out = capsys.readouterr().out
    cure = "Install them with: apt-get install libegl1 libgl1"
    assert (out.splitlines()[-1] == cure) == bool(missing)
    assert ("apt-get" in out) == bool(missing)
    command(argparse.Namespace(json=True))
    assert json.loads(capsys.readouterr().out)["missing_libraries"] == missing


def test_a_broken_ffmpeg_is_missing_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    assert facts_found()["ffmpeg"].startswith("missing (")
