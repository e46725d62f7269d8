"""Pickers for distributions."""
