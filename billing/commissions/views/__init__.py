"""Views of the commissions."""
