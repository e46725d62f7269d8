"""The words of the field and of every day, each with what the search box must find first."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.shell.found import Found
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.learned_score import learns_score

FLOW = {  # what is typed in the flow room, and the first row that can be chosen
    "classes": ("Class", "Colour"),
    "symmetry": ("Mirror", "Drawing bar"),
    "colour scheme": ("Colour", "Flow"),
    "color scheme": ("Colour", "Flow"),
    "euler step size": ("Steps", "Flow › Steps"),
    "neural network size": ("Width", "Network and training"),
    "curvature": ("bend", "Flow"),
    "particles": ("Particles", "How many, seed"),
    "number of particles": ("Particles", "How many, seed"),
    "how many particles": ("Particles", "How many, seed"),
    "more particles": ("Particles", "How many, seed"),
    "paths": ("Paths", "How many, seed"),
    "number of trajectories": ("Paths", "How many, seed"),
    "trails": ("Trails", "View menu"),
    "density": ("Density", "View menu"),
    "heatmap": ("Density", ""),
    "new noise": ("Seed", "How many, seed"),
    "resample": ("Seed", "How many, seed"),
    "generate samples": ("Seed", "How many, seed"),
    "dt": ("Steps", "Flow › Steps"),
    "timestep": ("Steps", "Flow › Steps"),
    "number of function evaluations": ("Steps", "Flow › Steps"),
    "integrator": ("Solver", "Flow"),
    "noise schedule": ("Path", "Flow › Path"),
    "schrodinger bridge": ("Schrödinger bridge", "File menu › Presets"),
    "bridge": ("Brownian √(t(1 − t))", "Path › Noise"),
    "wiener": ("Brownian √(t(1 − t))", "Path › Noise"),
    "minibatch ot": ("Optimal transport", "Coupling"),
    "straightness": ("bend", "Flow"),
    "curved paths": ("bend", "Flow"),
    "wasserstein distance": ("exact W₂", "Metrics"),
    "earth mover distance": ("exact W₂", "Metrics"),
    "evaluate": ("Metrics", "Right panel"),
    "loss curve": ("Which loss is drawn", "Right panel"),
    "training speed": ("steps per second", "Right panel"),
    "learning speed": ("Learning rate", "Network and training"),
    "train faster": ("Learning rate", "Network and training"),
    "learning rate scheduler": ("Decay every", "Network and training"),
    "number of neurons": ("Width", "Network and training"),
    "number of parameters": ("Width", "Network and training"),
    "activation function": ("Activation", "Network and training"),
    "time embedding": ("Time features", "Network and training"),
    "labels": ("Conditional", "Network and training"),
    "reset network": ("Reset the weights", "Run menu"),
    "restart training": ("Reset the weights", "Run menu"),
    "previous runs": ("Runs of this session", "Run menu"),
    "dark mode": ("Light theme", "View menu"),
    "turn on dark mode": ("Light theme", "View menu"),
    "make a movie": ("Export", "File menu"),
    "how do i export a video": ("Export", "File menu"),
    "where is the eraser": ("Eraser", "Drawing bar"),
    "change the brush": ("Brush", "Drawing bar"),
    "presentation mode": ("Side panels", "View menu"),
    "ground truth": ("Learned, exact, difference", "View menu"),
    "velocity field": ("Velocity", "Flow"),
    "mog": ("Gaussian mixture", "Choose the target"),
    "colour blind": ("Colour", "Flow"),
    "particles nonesuch": ("Particles", "How many, seed"),
    "sinkhorn distance": ("Sinkhorn transport", "Coupling"),
    # of the other rooms
    "score": ("Score", "Reflected"),
    "drift": ("Processes", "ODE / SDE"),
    "probability flow ode": ("Probability-flow ODE", "Samplers"),
    "fokker planck": ("Processes", "ODE / SDE"),
    "random walk": ("Processes", "ODE / SDE"),
    "time reversal": ("Backwards", "ODE / SDE"),
    "round trip": ("Backwards", "ODE / SDE"),
    "reconstruction": ("Backwards", "ODE / SDE"),
    "continuity equation": ("Cell", "Curves"),
    "method of characteristics": ("Curves", "ODE / SDE"),
    "snapshots": ("Strip", "ODE / SDE"),
    "order of convergence": ("Race", "ODE / SDE"),
    "divergence theorem": ("Curl", "ODE / SDE"),
    "alpha blending": ("Blend", "(De)blending"),
    "denoise": ("Chain", "(De)blending"),
    "conditional expectation": ("Tangent field", "(De)blending"),
    "generate one class": ("Conditions", "(De)blending"),
}
STOCHASTIC = {
    "epsilon": ("Noise level ε", "Processes"),
    "temperature": ("Noise level ε", "Processes"),
    "diffusion coefficient": ("Noise level ε", "Processes"),
    "euler maruyama": ("Euler–Maruyama", "SDE solver"),
    "churn": ("Churn", "Processes"),
    "hutchinson": ("Vectors z", "Likelihood"),
    "trace estimator": ("Vectors z", "Likelihood"),
    "likelihood": ("Likelihood", "ODE / SDE"),
    "exact likelihood": ("Likelihood", "ODE / SDE"),
    "curl": ("Curl", "ODE / SDE"),
    "vorticity": ("Curl", "ODE / SDE"),
    "divergence": ("Divergence", "Shown"),
    "race": ("Race", "ODE / SDE"),
    "evaluations": ("Evaluations", "Race"),
    "flux": ("Cell", "Curves"),
    "euler": ("Euler", "Processes › Solver"),
    "step size": ("Steps", "ODE / SDE › Processes"),
    "backwards": ("Backwards", "ODE / SDE"),
    "seed": ("Seed", "ODE / SDE › Processes"),
    "particles": ("Particles", "ODE / SDE › Processes"),
}
REFLECTED = {
    "implicit score matching": ("Implicit, no kernel", "Score"),
    "ism": ("Implicit, no kernel", "Score"),
    "hyvarinen": ("Implicit, no kernel", "Score"),
    "loss weighting": ("Weighting", "Score"),
    "likelihood weighting": ("Weighting", "Score"),
}


@pytest.fixture
def window(still_window: Window) -> Window:
    still_window.room._engine_ready()  # with all charts
    settle()
    prepare(still_window)
    return still_window


def prepare(window: Window) -> None:
    window.search.start()
    window.afterwards.finish()
    settle()


def first(window: Window, words: str) -> Found | None:
    window.search.setText(words)
    return next((row for row in window.search.matches() if not row.why), None)


def wrong(window: Window, table: dict[str, tuple[str, str]]) -> str:
    lost = []
    for typed, (words, where) in table.items():
        row = first(window, typed)
        if row is None or row.words != words or where not in row.where:
            lost.append(f"{typed}: {row and (row.words, row.where)}")
    return "\n".join(lost)


def test_everyday_words_find_what_is_meant(window: Window) -> None:
    assert not wrong(window, FLOW)


def test_the_open_room_answers_first(window: Window) -> None:
    window.room.enter("stochastic")
    settle()
    prepare(window)
    assert not wrong(window, STOCHASTIC)


def test_how_a_score_between_walls_is_learned_is_found(window: Window) -> None:
    window.room.enter("reflected")
    window.room.store.edit(learns_score(), "A score between walls")
    settle()
    prepare(window)
    assert not wrong(window, REFLECTED)


@pytest.mark.parametrize("room", ["flow", "stochastic"])
def test_enter_on_particles_goes_to_their_number_and_hides_none(window: Window, room: str) -> None:
    window.room.enter(room)
    settle()
    prepare(window)
    shown = window.room.store.document.view.show_particles
    row = first(window, "particles")
    assert row is not None
    window.search.clear()
    row.act()
    settle()
    focused = window.focusWidget()
    assert isinstance(focused, NumberBox)
    assert focused.accessibleName() == "Particles"
    assert window.room.store.document.view.show_particles == shown


def test_recent_files_are_found_and_opened(window: Window, tmp_path: Path) -> None:
    window.search.setText("recent")
    row = window.search.matches()[0]
    assert (row.words, row.why) == ("Recent files", "No file has been opened or saved yet")
    there, gone = tmp_path / "lecture.flowlab", tmp_path / "gone.flowlab"
    there.write_bytes(b"")
    for path in (gone, there):
        window.preferences.remember(path)
    opened: list[Path] = []
    window.session.open = opened.append  # type: ignore[method-assign, assignment]
    prepare(window)
    window.search.setText("recent files")
    rows = [row for row in window.search.matches() if "Recent files" in row.where]
    assert [row.words for row in rows] == ["lecture.flowlab", "gone.flowlab"]
    assert rows[1].why == "This file is no longer there"
    row = first(window, "lecture")
    assert row is not None
    row.act()
    assert opened == [there]


def test_words_that_mean_nothing_here_find_nothing(window: Window) -> None:
    for typed in ("qxzv", "qxzv wvvq", "how do i qxzv"):
        window.search.setText(typed)
        assert window.search.matches() == [], typed
