"""What is drawn, from bundles alone, on the screen and in an export."""
