"""Names for new files: allowed everywhere, and never those of files that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlab.files.free_name import file_stem, free_path


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("Gaussian to 8 Gaussians", "Gaussian to 8 Gaussians"),
        ("a/b\\c: d?", "a b c d"),
        ("тест 测试 é", "тест 测试 é"),
        ("..", "flow"),
        ("", "flow"),
        ("tab\tand\nline", "tab and line"),
        ("x" * 300, "x" * 80),
    ],
)
def test_words_become_a_name_that_any_system_takes(tmp_path: Path, words: str, stem: str) -> None:
    assert file_stem(words) == stem
    (tmp_path / f"{stem}.png").write_bytes(b"")
    assert free_path(tmp_path / f"{stem}.png").name == f"{stem} 2.png"


def test_a_path_is_free_only_if_nothing_is_there(tmp_path: Path) -> None:
    assert free_path(tmp_path / "flow.mp4") == tmp_path / "flow.mp4"
    (tmp_path / "flow.mp4").touch()
    (tmp_path / "flow 2.mp4").mkdir()
    (tmp_path / "flow 3.mp4").symlink_to(tmp_path / "nowhere")
    assert free_path(tmp_path / "flow.mp4") == tmp_path / "flow 4.mp4"
    assert free_path(tmp_path / "flow") == tmp_path / "flow"
