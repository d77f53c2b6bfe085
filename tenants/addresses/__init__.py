"""A buyer's address book: where goods are sent."""
