"""A merchant's catalogue from its own tables: columns are matched, every row is tried, then written with progress (CA1)."""
