"""The demo: a cast of drawn faces, or a folder of photographs, played as a station would send them."""
