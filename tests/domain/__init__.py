"""The rules of check-ins and people, tested without any framework."""
