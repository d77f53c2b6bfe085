"""Organisations: who buys, and what a merchant legally is."""
