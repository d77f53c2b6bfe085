"""The doors: who stands there, how a tenant is found, page frames."""
