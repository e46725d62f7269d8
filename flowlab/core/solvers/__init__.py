"""Solvers of ordinary differential equations."""
