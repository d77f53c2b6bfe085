"""What is sold: products, their variants, categories and pictures."""
