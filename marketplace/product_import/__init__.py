"""Product import: a merchant's table is mapped, checked row by row, then written with progress (product maintenance, CA1)."""
