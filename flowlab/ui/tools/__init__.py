"""Tools that are held over the picture."""
