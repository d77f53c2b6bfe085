"""Shipping: freight rates (DE3), parcels (delivery management, DE1), tracking (DE2) and exceptions (DE4)."""
