"""What can be done with one person's data, tested against the real record; no models are needed."""
