"""What can be done with check-ins and people: one use case a file, and the ports they need."""
