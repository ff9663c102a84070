"""What a check-in and a person are: pure rules, no I/O, no clock, no framework, no randomness."""
