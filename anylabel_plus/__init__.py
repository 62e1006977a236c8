"""AnyLabel Plus: a desktop data engine for computer vision."""

__version__ = "0.1.0"
