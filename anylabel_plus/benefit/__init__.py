"""Does synthetic data help? A small student, a paired comparison, a verdict. numpy only."""
