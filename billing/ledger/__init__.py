"""The ledger: double-entry accounting of every amount, append-only."""
