"""From numbers to figures, pictures and tables."""
