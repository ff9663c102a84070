"""The commands of the station: one file for each, with its options and what it does."""
