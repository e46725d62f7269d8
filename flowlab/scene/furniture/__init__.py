"""What stands around a picture: ground, legend, cards, pictures side by side."""
