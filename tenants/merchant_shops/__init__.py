"""The shop of a merchant: appearance, texts and sections (SF1–SF5)."""
