"""The layers that can be drawn in the plane beside the particles."""
