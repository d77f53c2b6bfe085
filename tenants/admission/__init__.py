"""How a seller gets in: an application in steps, a review with comments by field, and at the end a merchant (MA1, MA2)."""
