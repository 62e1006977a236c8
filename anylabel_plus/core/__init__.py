"""Values and pure functions: numpy and OpenCV only, no files, no Qt, no models."""
