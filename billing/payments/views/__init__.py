"""Views of the payments."""
