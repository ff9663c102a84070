"""Files that people bring along, read into rows: what can be meant, and every bad row by number, field and reason."""
