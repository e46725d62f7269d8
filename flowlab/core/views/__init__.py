"""What is computed for a picture, and what it returns."""
