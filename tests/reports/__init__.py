"""Tests of the files that people download: CSV, spreadsheets and printed sheets."""
