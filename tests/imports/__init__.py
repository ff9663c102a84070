"""Files that people bring along, as their readers take them."""
