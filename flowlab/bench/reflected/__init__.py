"""What is measured of the reflected room."""
