"""Views of the platform administration, each part with a nested blueprint."""
