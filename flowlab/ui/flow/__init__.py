"""The panels of the Flow room."""
