"""Merchant applications: an application in steps, a review with comments per field, and the admission (MA1, MA2)."""
