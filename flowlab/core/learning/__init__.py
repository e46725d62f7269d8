"""Networks and their training, and a trained network as a velocity field."""
