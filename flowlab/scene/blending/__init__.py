"""The views of the (de)blending room."""
