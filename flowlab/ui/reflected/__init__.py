"""Panels of the reflected room."""
