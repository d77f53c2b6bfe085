"""Views of the catalogue: the merchant's desk and the platform's console."""
