"""What surrounds a picture: background, legend, cards, pictures side by side."""
