"""Tells people on their phones, by their browsers' push services, what became of a check-in of theirs."""
