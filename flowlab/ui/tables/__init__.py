"""Importing a table of points: what was assumed about it, and a dialog to say otherwise."""
