"""What a checkpoint of an image model holds, and its weights, without running its code."""
