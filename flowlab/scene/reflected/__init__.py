"""Drawings of the reflected room."""
