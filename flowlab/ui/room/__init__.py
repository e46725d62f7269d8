"""Parts shared by the panels of every room."""
