"""Catalogue: categories, attributes, brands, and the products of the merchants."""
