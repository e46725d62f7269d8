"""Forms made from the limits of the document's fields."""
