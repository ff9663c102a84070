"""The page on which a person watches their own check-in."""
