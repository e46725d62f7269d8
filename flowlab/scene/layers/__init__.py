"""What may lie upon the plane beside the particles."""
