"""Settings that the window remembers between runs; none of them can change a result."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

RECENT = 10


class Preferences:
    """Window geometry, theme and recent files, in the user's settings."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self.settings = settings or QSettings("FlowLab", "FlowLab")

    @property
    def theme(self) -> str:
        """Either "dark", "light" or "system"."""
        value = str(self.settings.value("theme", "system"))
        return value if value in ("dark", "light") else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self.settings.setValue("theme", name)

    @property
    def recent(self) -> list[str]:
        """Paths of the files last opened or saved, newest first."""
        value = self.settings.value("recent", [])
        paths = value if isinstance(value, list) else [value] if value else []
        return [str(path) for path in paths][:RECENT]

    def remember(self, path: Path) -> None:
        """Put a file first in the recent ones."""
        name = str(path.resolve())
        rest = [other for other in self.recent if other != name]
        self.settings.setValue("recent", [name, *rest][:RECENT])

    def forget(self) -> None:
        """Empty the list of recent files."""
        self.settings.remove("recent")

    @property
    def geometry(self) -> QByteArray | None:
        """The window's geometry when it was last closed."""
        value = self.settings.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self.settings.setValue("geometry", value)
