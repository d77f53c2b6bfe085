"""China's divisions: provinces, cities and districts by their official codes (GB/T 2260), read from a file of the product.

They are reference data that changes once a year with a release, so they live in memory and need no table.
"""
