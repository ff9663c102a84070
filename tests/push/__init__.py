"""Push messages: from a decision to a browser, over a push service of the tests' own."""
