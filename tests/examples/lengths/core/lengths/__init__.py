"""The room of lengths: how far each particle has travelled."""
