"""The import's pages, by door."""
