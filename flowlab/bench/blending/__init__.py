"""What is measured of the (de)blending room."""
