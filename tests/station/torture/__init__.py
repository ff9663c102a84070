"""A fleet of stations and our own server, both killed again and again, with a bad network between them."""
