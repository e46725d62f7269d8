"""Plans of the views: what is computed for a picture, and the bundle that holds the result."""
