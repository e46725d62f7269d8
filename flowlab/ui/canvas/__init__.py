"""The picture on the screen, and the mouse upon it."""
