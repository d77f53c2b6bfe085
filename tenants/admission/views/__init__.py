"""The pages of applying and of reviewing."""
