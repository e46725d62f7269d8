"""The (de)blending room: its panels, made when it is first opened."""
