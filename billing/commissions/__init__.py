"""What the market keeps of a sale: rates by category and merchant, frozen as a line when the sale is made."""
