"""Views of the regions."""
