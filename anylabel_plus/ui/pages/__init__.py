"""What fills or floats over the middle of the window: the welcome page, the candidate strip."""
