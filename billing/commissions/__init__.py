"""Commissions: rates by category and merchant, and the fees that are fixed when a sale is made."""
