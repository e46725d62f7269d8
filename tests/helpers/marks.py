"""Where a test can be run."""

from __future__ import annotations

import signal

import pytest

POSIX = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process is stopped there")
