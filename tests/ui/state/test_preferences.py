from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from flowlab.ui.state.preferences import RECENT, Preferences


def preferences(tmp_path: Path) -> Preferences:
    return Preferences(QSettings(str(tmp_path / "x.ini"), QSettings.Format.IniFormat))


def test_recent_files_are_newest_first_once_each_and_bounded(tmp_path: Path) -> None:
    mine = preferences(tmp_path)
    for i in [*range(15), 3]:
        mine.remember(tmp_path / f"{i}.flowlab")
    mine.settings.sync()
    names = [Path(name).stem for name in preferences(tmp_path).recent]
    assert names[:3] == ["3", "14", "13"]
    assert len(names) == RECENT == len(set(names))
    mine.forget()
    assert mine.recent == []


def test_one_recent_file_is_a_list_too(tmp_path: Path) -> None:
    preferences(tmp_path).remember(tmp_path / "a.flowlab")
    assert [Path(name).name for name in preferences(tmp_path).recent] == ["a.flowlab"]


def test_an_unknown_theme_is_the_systems(tmp_path: Path) -> None:
    mine = preferences(tmp_path)
    assert mine.theme == "system"
    mine.theme = "light"
    assert mine.theme == "light"
    mine.settings.setValue("theme", "plaid")
    assert mine.theme == "system"
