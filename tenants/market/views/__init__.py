"""The pages of the market's own affairs, each with a blueprint of its own under one roof."""
