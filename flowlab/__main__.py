"""`python -m flowlab` is the command `flowlab`."""

from __future__ import annotations

import sys

from flowlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
