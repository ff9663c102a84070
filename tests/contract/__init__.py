"""Tests of the contract as a whole: its documents, its promises, and the page that teaches it."""
