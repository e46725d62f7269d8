"""The (de)blending room: its panels, created when it is first opened."""
