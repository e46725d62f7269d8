"""What the panels of every room share."""
