"""Finds things; knows documents, never features."""
