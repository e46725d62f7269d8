"""Tables of points as people have them: text, spreadsheets and arrays, and which columns count."""
