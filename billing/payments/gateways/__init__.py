"""Clients of payment gateways."""
