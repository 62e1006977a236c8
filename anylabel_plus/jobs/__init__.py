"""Folder work: each item is finished on disk before the next starts."""
