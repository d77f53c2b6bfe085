"""How fast the market is, beside a floor measured in the same minutes on the same machine."""
