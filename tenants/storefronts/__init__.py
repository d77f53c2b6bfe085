"""A merchant's shop: how it looks, what it says of itself, and where its goods are shown (SF1–SF5)."""
