"""Search engine implementations."""
