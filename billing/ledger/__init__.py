"""The books of the market: every amount that moves, between which accounts, and why. Written once, never changed."""
