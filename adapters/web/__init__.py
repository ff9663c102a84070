"""What people see: the phone page and the dashboard, as HTML, with scripts that add what is live."""
