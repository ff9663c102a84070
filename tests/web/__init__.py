"""The pages, as they come without a script: plain HTTP, plain forms."""
