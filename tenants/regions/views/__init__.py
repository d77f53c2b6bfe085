"""What the chain of selects asks for."""
