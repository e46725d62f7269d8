"""The views of the Flow room, drawn."""
