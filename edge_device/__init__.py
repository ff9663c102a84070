"""The station: six frames from a camera, kept until the server has answered for them. A program of its own."""
