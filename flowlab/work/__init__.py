"""The engine: threads that train, sample and measure, without Qt."""
