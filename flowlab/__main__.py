"""`python -m flowlab` is the command `flowlab`."""

from __future__ import annotations

import os
import sys


def leave_current_folder() -> None:
    """Import from the current folder, which `-m` puts first, no more; last if FlowLab lies there.

    Python itself has imported some modules by now; `python -P -m flowlab` never looks there.
    """
    if sys.flags.safe_path:
        return
    first = sys.path.pop(0)
    if first == os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
        sys.path.append(first)  # a checkout that is not installed: its children find it there


if __name__ == "__main__":
    leave_current_folder()
    from flowlab.cli import main

    sys.exit(main())
