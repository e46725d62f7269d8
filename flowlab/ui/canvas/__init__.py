"""The picture on the screen, and its mouse gestures."""
