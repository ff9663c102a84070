"""What holds, written as sentences."""
