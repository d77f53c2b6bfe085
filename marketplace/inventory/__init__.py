"""The inventory feature: locations, stock levels, movements and reservations."""
