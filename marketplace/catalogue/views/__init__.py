"""The catalogue at its doors: the merchant's desk and the market's console."""
