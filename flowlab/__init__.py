"""FlowLab: see how generative flows work."""

__version__ = "0.1.0"
