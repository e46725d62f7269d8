"""What every layer and every view is drawn with."""
