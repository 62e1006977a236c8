"""Small widgets of our own, in the words of the visual design; none knows the session but ``candidate_strip``."""
