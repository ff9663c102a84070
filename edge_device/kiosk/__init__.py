"""The page for a display attached to the station: served on this machine alone, by the station itself."""
