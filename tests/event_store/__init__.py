"""Tests of the record: what is stored, sealed, published and projected."""
