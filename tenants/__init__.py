"""Tenants: accounts, organisations, merchants and their staff, permissions and tenant isolation."""
