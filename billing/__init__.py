"""Billing: ledger, commissions and payments. Knows tenants, but neither orders nor products."""
