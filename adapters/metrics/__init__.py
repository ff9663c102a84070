"""What is measured while the server works, told as Prometheus text."""
