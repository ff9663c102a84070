"""Figures as files for people: CSV, spreadsheets and printable sheets."""
