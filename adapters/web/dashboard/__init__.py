"""The dashboard of staff, analysts and administrators, one page a file."""
