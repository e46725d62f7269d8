"""The panels of the room of lengths."""
