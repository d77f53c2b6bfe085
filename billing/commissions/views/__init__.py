"""The doors of commissions."""
