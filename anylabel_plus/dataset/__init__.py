"""A data set: a folder tree of images with their label files, and what was done to it."""
