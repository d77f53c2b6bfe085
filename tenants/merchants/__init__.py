"""Merchants: admission, legal identity, and whether a merchant may sell."""
