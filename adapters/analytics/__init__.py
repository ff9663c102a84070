"""History for analysts: exported, tailed, replayed and studied from events alone, without anything that was sealed."""
