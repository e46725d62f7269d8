"""The words of the switch between learned and exact velocity, the same in every view."""

from __future__ import annotations

EXACT = "Carried by the exact velocity in place of the network's, where it is known"
