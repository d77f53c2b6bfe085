"""Views of the address book."""
