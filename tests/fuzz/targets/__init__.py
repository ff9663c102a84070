"""One file for each thing that is fuzzed: `attack` takes any bytes, and `seeds` gives some that are nearly right."""

NAMES = ("picture", "body", "headers", "form", "table", "calendar")
