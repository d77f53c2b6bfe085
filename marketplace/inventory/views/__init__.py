"""Stock at the merchant's desk."""
