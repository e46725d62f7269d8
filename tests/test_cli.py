"""The command line: what it prints, and that bad input is one line, exit 2 and nothing written."""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import flowlab
from flowlab.cli import _commands, main
from flowlab.core.learning.weights import Weights
from flowlab.files import session

# Rendering would else make an application without widgets, and tests of the window then fail.
pytestmark = pytest.mark.usefixtures("qapp")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _small_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowlab.commands.train._POINTS", 300)


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.flowlab"
    document = flowlab.Document(
        target="moons",
        network={"width": 8, "depth": 1},
        training={"batch": 32},
        view={"particles": 50, "highlighted": 2},
    )
    flowlab.save(flowlab.train(document, steps=20), path)
    return path


@pytest.fixture
def document_file(tmp_path: Path) -> Path:
    path = tmp_path / "document.flowlab"
    document = flowlab.Document(network={"width": 8, "depth": 1}, training={"batch": 32})
    flowlab.save(document, path)
    return path


def test_presets_are_listed(capsys: Capture) -> None:
    assert main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == flowlab.presets()
    assert main(["presets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["presets"] == flowlab.presets()


def test_train_prints_its_figures_as_json_last(
    document_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    output = tmp_path / "run.flowlab"
    arguments = ["train", str(document_file), "--steps", "30", "--seed", "7", "--device", "cpu"]
    assert main([*arguments, "--json", "-o", str(output)]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(figures) == {
        "steps", "seconds", "steps_per_second", "loss", "sliced_w2", "sliced_w2_floor",
        "device", "seed", "velocity_error", "standard_errors",
    }  # fmt: skip
    assert (figures["steps"], figures["seed"], figures["device"]) == (30, 7, "cpu")
    assert figures["steps_per_second"] == pytest.approx(30 / figures["seconds"])
    assert 0 < figures["velocity_error"] < 1
    run = flowlab.load(output)
    assert isinstance(run, flowlab.Run)
    assert (run.weights.step, run.document.seed) == (30, 7)


@pytest.mark.parametrize(
    "words",
    [
        ["train", "RUN", "--steps", "2", "-o", "there.flowlab"],
        ["points", "a.csv", "-o", "there.flowlab"],
        ["sample", "RUN", "-n", "5", "-o", "there.npy"],
        ["render", "RUN", "--size", "64x48", "--view", "trajectories", "-o", "there.png"],
    ],
)
def test_a_file_is_replaced_only_by_force(
    words: list[str],
    run_file: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4.5\n")
    there = tmp_path / words[-1]
    there.write_text("mine")
    given = [str(run_file) if word == "RUN" else word for word in words]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert f"{words[-1]} is there already" in said
    assert "--force" in said
    assert len(said.splitlines()) == 1
    assert there.read_text() == "mine"
    assert main([*given, "--force"]) == 0
    assert there.read_bytes() != b"mine"


def test_every_command_that_writes_takes_force() -> None:
    table = next(a for a in _commands()._actions if isinstance(a, argparse._SubParsersAction))
    writing = {"output", "plot", "build"}
    for name, parser in table.choices.items():
        known = {action.dest for action in parser._actions}
        assert ("force" in known) == bool(writing & known), name


def test_presets_are_built_anew_only_by_force(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.commands.presets.preset_names", lambda: ["moons"])
    (tmp_path / "moons.flowlab").write_text("mine")
    given = ["presets", "--build", str(tmp_path), "--seconds", "0,02"]
    assert main(given) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "moons.flowlab").read_text() == "mine"
    assert main([*given, "--force"]) == 0


@pytest.mark.parametrize(
    ("written", "t"),
    [("0,25", 0.25), ("1/4", 0.25), ("¼", 0.25), ("25%", 0.25), ("2.5e-1", 0.25), ("1", 1.0)],
)
def test_a_time_is_read_as_in_a_box(written: str, t: float) -> None:
    args = _commands().parse_args(["render", "preset:moons", "-o", "x.png", "--t", written])
    assert args.t == t


@pytest.mark.parametrize("written", ["20000", "20,000", "20.000", "20 000", "2e4", "20k"])
def test_a_count_is_read_as_in_a_box(written: str) -> None:
    args = _commands().parse_args(["train", "preset:moons", "--steps", written])
    assert args.steps == 20_000


def test_every_number_of_a_command_is_read_by_the_one_reader() -> None:
    table = next(a for a in _commands()._actions if isinstance(a, argparse._SubParsersAction))
    for name, parser in table.choices.items():
        kinds = {action.type for action in parser._actions}
        assert not kinds & {int, float, complex}, name


def test_train_without_json_says_it_in_a_sentence(document_file: Path, capsys: Capture) -> None:
    assert main(["train", str(document_file), "--seconds", "0.05"]) == 0
    out = capsys.readouterr().out
    assert "sliced W₂" in out
    assert len(out.splitlines()) == 1


def test_the_velocity_error_is_told_wherever_an_exact_field_is_known(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "m.flowlab"
    for coupling, known in (("independent", True), ("ot", False)):
        document = flowlab.Document(
            target="moons", network={"width": 8, "depth": 1}, coupling={"kind": coupling}
        )
        flowlab.save(document, path)
        assert main(["train", str(path), "--steps", "2", "--json"]) == 0
        figures = json.loads(capsys.readouterr().out)
        assert ("velocity_error" in figures) == known
        assert 0 < figures.get("velocity_error", 0.5) < 2


def test_sample_writes_where_the_particles_arrive(
    run_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    outputs = [tmp_path / name for name in ("a.npy", "b.npy", "c.npy")]
    for path, seed in zip(outputs, ("1", "1", "2"), strict=True):
        given = ["sample", str(run_file), "-n", "30", "--steps", "5", "--seed", seed]
        assert main([*given, "-o", str(path)]) == 0
    a, b, c = map(np.load, outputs)
    assert a.shape == (30, 2)
    assert a.dtype == np.float32
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    expected = flowlab.sample(flowlab.load(run_file), 30, steps=5, seed=1).points[-1]
    np.testing.assert_array_equal(a, expected)
    assert "30 points" in capsys.readouterr().out


def test_sample_by_an_sde_is_what_a_script_gets(run_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.npy"
    given = ["sample", str(run_file), "-n", "30", "--method", "euler_maruyama", "--eps", "1.5"]
    assert main([*given, "--eps-shape", "sine", "--steps", "20", "-o", str(out)]) == 0
    expected = flowlab.sample(
        flowlab.load(run_file),  # type: ignore[arg-type]
        30,
        method="euler_maruyama",
        eps=1.5,
        eps_shape="sine",
        steps=20,
    )
    assert np.array_equal(np.load(out), expected.points[-1])


def test_sample_takes_the_points_of_a_drawn_noise_level(
    run_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "points.npy"
    given = ["sample", str(run_file), "-n", "30", "--method", "euler_maruyama", "-o", str(out)]
    assert main([*given, "--eps-shape", "0:1,0.5:2,1:0"]) == 0
    run = flowlab.load(run_file)
    curve = [(0, 1), (0.5, 2), (1, 0)]
    expected = flowlab.sample(run, 30, method="euler_maruyama", eps_shape=curve)  # type: ignore[arg-type]
    assert np.array_equal(np.load(out), expected.points[-1])
    out.unlink()
    for shape, words in (
        ("triangle", "nor points t:value such as 0:1,0.5:2,1:0"),
        ("0:1,x:2,1:0", "is not a number"),
        ("0:1,0.5:2", "ascending from 0 to 1"),
    ):
        assert main([*given, "--eps-shape", shape]) == 2
        assert words in capsys.readouterr().err
    assert not out.exists()


def test_sample_in_reverse_arrives_at_the_source(run_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    given = ["sample", str(run_file), "-n", "30", "--direction", "reverse", "--json"]
    assert main([*given, "-o", str(path)]) == 0
    expected = flowlab.sample(flowlab.load(run_file), 30, direction="reverse").points[0]
    np.testing.assert_array_equal(np.load(path), expected)


@pytest.mark.parametrize(
    ("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".gif", b"GIF8")]
)
def test_render_draws_without_a_window(
    run_file: Path, tmp_path: Path, suffix: str, magic: bytes, capsys: Capture
) -> None:
    path = tmp_path / f"out{suffix}"
    given = ["render", str(run_file), "--view", "trajectories", "-o", str(path)]
    given += ["--size", "64x48", "--fps", "5", "--seconds", "0.4", "--t", "0.5", "--json"]
    assert main(given) == 0
    assert path.read_bytes().startswith(magic)
    figures = json.loads(capsys.readouterr().out)
    assert figures["bytes"] == path.stat().st_size
    assert figures["size"] == [64, 48]


def test_render_without_a_suffix_writes_a_folder_of_frames(
    run_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "frames"
    given = ["render", str(run_file), "-o", f"{path}/", "--size", "64x48", "--json"]
    given += ["--fps", "5", "--seconds", "0.6"]
    assert main(given) == 0
    names = sorted(file.name for file in path.iterdir())
    assert names == ["0000.png", "0001.png", "0002.png"]
    figures = json.loads(capsys.readouterr().out)
    assert figures["bytes"] == sum(file.stat().st_size for file in path.iterdir())
    assert main(given) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_an_empty_drawing_is_refused_in_one_line(tmp_path: Path, capsys: Capture) -> None:
    path, output = tmp_path / "drawing.flowlab", tmp_path / "out.png"
    flowlab.save(flowlab.Document(target="drawing"), path)
    assert main(["render", str(path), "-o", str(output), "--size", "64x48"]) == 2
    assert capsys.readouterr().err == "flowlab: The drawing is empty; draw something first.\n"
    assert not output.exists()


def test_render_trains_a_document_without_weights_and_says_so(
    document_file: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.commands.render._TRAINING_SECONDS", 0.05)
    path = tmp_path / "out.png"
    assert main(["render", str(document_file), "-o", str(path), "--size", "64x48"]) == 0
    assert "trained for 0.05 s first" in capsys.readouterr().err
    assert path.exists()


def test_what_no_network_has_a_part_in_is_rendered_at_once(
    document_file: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.commands.render._TRAINING_SECONDS", math.nan)  # refused
    given = ["render", str(document_file), "--size", "64x48", "--view"]
    for view in ("chain", "blending"):
        path = tmp_path / f"{view}.png"
        assert main([*given, view, "-o", str(path)]) == 0
        assert "trained" not in capsys.readouterr().err
        assert path.exists()


def test_a_preset_is_rendered_from_its_bundled_weights(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "out.png"
    assert main(["render", "preset:moons", "-o", str(path), "--size", "64x48"]) == 0
    assert capsys.readouterr().err == ""


def test_every_preset_has_bundled_weights_that_are_its_own() -> None:
    from flowlab.commands.console import opened, run_of
    from flowlab.core.document.gallery import preset_earlier

    for name in flowlab.presets():
        content = opened(f"preset:{name}", bundled=True)
        assert content.document == flowlab.load(f"preset:{name}")
        assert run_of(content, name).weights.step >= 5000
        assert len(content.snapshots) == preset_earlier(name)
    first = opened(f"preset:{flowlab.presets()[0]}", bundled=True)
    assert first.preview is not None


def test_presets_are_built_into_a_folder(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["triangle_to_square", "moons"]
    monkeypatch.setattr("flowlab.commands.presets.preset_names", lambda: names)
    assert main(["presets", "--build", str(tmp_path), "--seconds", "0.02"]) == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(names)
    first, second = (session.load(tmp_path / f"{name}.flowlab") for name in names)
    assert first.weights is not None
    assert first.preview is not None
    assert second.preview is None
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_doctor_finds_what_is_here(capsys: Capture) -> None:
    assert main(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["flowlab"] == flowlab.__version__
    assert facts["torch"].startswith("2.")
    assert facts["presets"] == len(flowlab.presets())
    assert main(["doctor"]) == 0
    assert "ffmpeg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train"], "DOC"),
        (["train", "preset:teapot"], "teapot"),
        (["train", "nothing.flowlab"], "no such file"),
        (["train", "notes.txt"], "neither"),
        (["train", "preset:moons", "--seconds", "0"], "--seconds"),
        (["train", "preset:moons", "--seconds", "nan"], "--seconds"),
        (["train", "preset:moons", "--steps", "1.5"], "whole number"),
        (["train", "preset:moons", "--steps", "0"], "--steps"),
        (["train", "preset:moons", "--steps", "1", "--seconds", "1"], "not allowed"),
        (["train", "preset:moons", "--seed", "-1"], "--seed"),
        (["train", "preset:moons", "--steps", "1", "--device", "warp"], "no device 'warp'"),
        (["train", "preset:moons", "--steps", "1", "--device", "cpu:x"], "no device 'cpu:x'"),
        (["train", "preset:moons", "-o", "run.txt"], ".flowlab"),
        (["train", "preset:moons", "-o", "none/run.flowlab"], "cannot be written"),
        (["train", "preset:moons", "--teapot"], "--teapot"),
        (["sample", "preset:moons", "-n", "0", "-o", "points.npy"], "-n"),
        (["sample", "preset:moons", "-n", "5", "-o", "points.csv"], ".npy"),
        (["sample", "preset:moons", "-n", "5", "-o", "x.npy", "--method", "magic"], "rk4"),
        (["sample", "preset:moons", "-o", "x.npy", "--method", "euler-maruyama"], "euler_maruyama"),
        (["sample", "preset:moons", "-n", "5", "-o", "x.npy", "--steps", "5000"], "Steps"),
        (["sample", "preset:moons", "-n", "999999999", "-o", "x.npy"], "GB of memory"),
        (["sample", "preset:moons", "-n", "5", "-o", "x.npy", "--eps", "1"], "belong to an SDE"),
        (
            ["sample", "preset:rings", "-n5", "-o", "x.npy", "--method", "euler_maruyama"],
            "An SDE needs the score",
        ),
        (["render", "preset:moons", "-o", "x.bmp"], ".mp4"),
        (["render", "preset:moons", "-o", "none/x.png"], "cannot be written"),
        (["render", "preset:moons", "-o", "none/frames"], "cannot be written"),
        (["render", "preset:moons", "-o", "/"], "not an empty folder"),
        (["render", "preset:moons", "-o", "x.png", "--size", "big"], "1280x720"),
        (["render", "preset:moons", "-o", "x.png", "--size", "99999x9"], "pixels"),
        (["render", "preset:moons", "-o", "x.png", "--view", "teapot"], "trajectories"),
        (["render", "preset:moons", "-o", "x.png", "--t", "2"], "from 0 to 1"),
        (["render", "preset:moons", "-o", "x.mp4", "--fps", "100000"], "frames a second"),
        (["render", "preset:moons", "-o", "x.png", "--theme", "pink"], "dark"),
        (["teapot"], "nor a command"),
        (["teapot", "x", "-n", "3"], "nor a command"),
        (["teapot.flowlab"], "no such file"),
        (["--teapot"], "--teapot"),
        (["presets", "--build", "none"], "no folder"),
        (["render", "preset:moons", "-o", "x.png", "--t", "half"], "'half' is not a number"),
        (["render", "preset:moons", "-o", "x.png", "--t", "1/0"], "not a number"),
        (["sample", "preset:moons", "-n", "1/3", "-o", "x.npy"], "whole number"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert len(caught.err.splitlines()) == 1
    assert said in caught.err
    assert list(tmp_path.iterdir()) == []


def test_a_document_without_weights_cannot_be_sampled(
    document_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["sample", str(document_file), "-n", "5", "-o", str(tmp_path / "x.npy")]) == 2
    assert "holds no weights" in capsys.readouterr().err
    assert not (tmp_path / "x.npy").exists()


def test_a_diverging_rate_is_told_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    path, output = tmp_path / "wild.flowlab", tmp_path / "run.flowlab"
    training = {"optimiser": "sgd", "learning_rate": 10.0, "batch": 32}
    flowlab.save(flowlab.Document(network={"width": 8, "depth": 1}, training=training), path)
    assert main(["train", str(path), "--steps", "5000", "-o", str(output)]) == 2
    assert "diverged" in capsys.readouterr().err
    assert not output.exists()


def test_weights_that_no_training_gives_are_refused_in_words(
    run_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    run, path = flowlab.load(run_file), tmp_path / "big.flowlab"
    assert isinstance(run, flowlab.Run)
    arrays = {name: np.full_like(value, 3e38) for name, value in run.weights.arrays.items()}
    session.save(path, run.document, Weights(step=3, arrays=arrays))
    output = tmp_path / "x.png"
    assert main(["render", str(path), "-o", str(output), "--size", "90x60"]) == 2
    assert "no data have the moments that they hold" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("error", [TypeError("not\nso"), RuntimeError("not so"), ImportError("so")])
def test_no_traceback_reaches_a_person(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("flowlab.commands.presets.command", fail)
    assert main(["presets"]) == 70
    (line,) = capsys.readouterr().err.splitlines()
    words = " ".join(str(error).split())
    said = f"flowlab: Something went wrong inside FlowLab: {type(error).__name__}: {words}"
    assert line.startswith(said)
    assert re.fullmatch(r" \(cli\.py:\d+\)\.", line.removeprefix(said))


def test_who_stops_a_command_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flowlab.commands.presets.command", stopped)
    assert main(["presets"]) == 130
    assert capsys.readouterr().err == ""


def test_a_broken_file_is_refused(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "broken.flowlab"
    path.write_bytes(b"PK\x03\x04 not really")
    for arguments in (["train", str(path)], [str(path)]):
        assert main(arguments) == 2
        assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_are_no_errors(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert capsys.readouterr().out


def test_the_file_is_handed_to_the_window(
    document_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str | None, str]] = []

    def window(path: str | None = None, device: str = "auto") -> int:
        opened.append((path, device))
        return 0

    monkeypatch.setattr("flowlab.app.main", window)
    assert main([]) == 0
    assert main([str(document_file), "--device", "cpu"]) == 0
    assert opened == [(None, "auto"), (str(document_file), "cpu")]


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowlab", "presets"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == flowlab.presets()[0]


@pytest.mark.parametrize("view", ["density", "field", "grid"])
def test_every_view_of_the_table_can_be_rendered(view: str, tmp_path: Path) -> None:
    target = tmp_path / "still.png"
    words = ["render", "preset:moons", "--view", view, "-o", str(target), "--size", "120x90"]
    assert main([*words, "--t", "0.5"]) == 0
    assert target.stat().st_size > 500


def test_the_exact_flow_and_the_difference_can_be_rendered(tmp_path: Path) -> None:
    seen = []
    for shows in ("learned", "exact", "difference"):
        target = tmp_path / f"{shows}.png"
        words = ["render", "preset:eight_gaussians", "--shows", shows, "-o", str(target)]
        assert main([*words, "--size", "320x240", "--t", "0.5"]) == 0
        seen.append(target.read_bytes())
    assert len(set(seen)) == 3


@pytest.mark.parametrize("words", [[], ["app"], ["app", "--device", "cpu"]])
def test_the_window_is_opened_with_its_command_or_without(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr("flowlab.app.main", lambda *arguments: seen.append(arguments) or 0)
    assert main(words) == 0
    assert seen == [(None, "cpu" if "cpu" in words else "auto")]


def test_the_window_is_opened_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "a.flowlab", []
    session.save(path, flowlab.Document())
    monkeypatch.setattr("flowlab.app.main", lambda *arguments: seen.append(arguments) or 0)
    assert main(["app", str(path)]) == 0
    assert seen == [(str(path), "auto")]
    assert main(["app", "nonsense"]) == 2
