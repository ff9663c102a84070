"""The live feed under faults, and at the stop of its server."""
