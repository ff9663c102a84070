"""Charts as SVG: pure functions from rows to markup."""
