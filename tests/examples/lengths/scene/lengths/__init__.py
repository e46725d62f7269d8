"""The view of the room of lengths, drawn."""
