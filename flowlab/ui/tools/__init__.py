"""Tools for the canvas."""
