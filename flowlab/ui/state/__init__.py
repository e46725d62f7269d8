"""What the window knows: document, playback, preferences, and the line to the engine."""
