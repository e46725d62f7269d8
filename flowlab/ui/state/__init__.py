"""The window's state: document, playback, preferences, and the link to the engine."""
