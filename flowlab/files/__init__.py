"""Reading and writing: sessions, point files and pictures."""
