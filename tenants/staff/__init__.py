"""The staff of a merchant, their roles and invitations."""
