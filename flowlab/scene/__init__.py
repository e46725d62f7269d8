"""Drawing of bundles, on the screen and in exports."""
