"""The hall's pages, by door."""
