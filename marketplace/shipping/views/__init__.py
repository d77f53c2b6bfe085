"""The pages of shipping."""
