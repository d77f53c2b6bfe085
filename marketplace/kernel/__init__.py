"""What every package may use and what knows no package."""
