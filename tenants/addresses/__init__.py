"""Address book of a buyer."""
