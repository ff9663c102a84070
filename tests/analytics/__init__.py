"""Export, tail, replay and studies over real histories in a real database."""
