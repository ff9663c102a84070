"""Everything that touches the world but pixels: the database, HTTP, the command line, the demo."""
