"""The station, tested against a real server that misbehaves on request."""
