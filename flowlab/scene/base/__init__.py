"""The parts that every layer and every view is drawn with."""
