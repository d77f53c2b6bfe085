"""The pages of checkout."""
