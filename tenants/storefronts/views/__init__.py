"""The pages of a shop, and of arranging it."""
