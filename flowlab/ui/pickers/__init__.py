"""Choosing a distribution."""
