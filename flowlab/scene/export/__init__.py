"""Pictures and films in files."""
