"""Views of merchants: directory, profile and supervision."""
