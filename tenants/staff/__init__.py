"""A merchant's staff: who works at its desk and in which role."""
