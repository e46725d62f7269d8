"""The commands of `flowlab`, one module each; torch and Qt are imported when they run."""
