"""Organisations: the parties of a trade."""
