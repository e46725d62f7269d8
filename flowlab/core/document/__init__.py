"""The document: everything a person chose, as frozen values; imports no torch."""
