"""The calibration is measured once, kept, and measured again where it no longer holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flowlab.core.learning.calibration import SIZES, Calibration, Timing, machine
from flowlab.files import calibrations


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Calibration]:
    """The calibrations that were measured so far."""
    seen: list[Calibration] = []

    def measure() -> Calibration:
        timing = tuple(Timing(*size, "cpu", 1, 1e-3) for size in SIZES)
        seen.append(Calibration(machine(), timing, timing[:1]))
        return seen[-1]

    monkeypatch.setattr(calibrations, "measured", measure)
    monkeypatch.setattr(calibrations, "cache_file", lambda: tmp_path / "cache" / "c.json")
    return seen


def test_the_second_start_reads_what_the_first_measured(measured: list[Calibration]) -> None:
    assert calibrations.calibrated() == calibrations.calibrated()
    assert len(measured) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\x00", b'{"machine": 3}'])
def test_a_spoiled_file_is_measured_anew(measured: list[Calibration], content: bytes) -> None:
    calibrations.calibrated()
    calibrations.cache_file().write_bytes(content)
    assert calibrations.cached_calibration() is None
    calibrations.calibrated()
    assert len(measured) == 2
    assert calibrations.cached_calibration() == measured[1]


def test_another_machine_or_torch_is_measured_anew(
    measured: list[Calibration], monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrations.calibrated()
    monkeypatch.setattr(calibrations, "machine", lambda: "another")
    assert calibrations.cached_calibration() is None
    assert len(measured) == 1


def test_nonsense_is_not_believed(measured: list[Calibration]) -> None:
    whole = calibrations.calibrated()
    bad = replace(whole, sampling=(replace(whole.sampling[0], threads=0),))
    calibrations._keep(bad)
    assert calibrations.cached_calibration() is None


def test_a_cache_that_cannot_be_written_costs_only_the_measurement(
    measured: list[Calibration], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert calibrations.calibrated() == measured[0]
