"""China's administrative regions by their official codes (GB/T 2260), read from a data file of the product.

They are reference data that changes once a year with a release, so they are kept in memory and need no table.
"""
