"""Views of merchant applications for applicants and for the platform."""
