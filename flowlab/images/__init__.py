"""Image models: checkpoints that people have, recognised and read safely. No Qt."""
