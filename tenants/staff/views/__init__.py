"""The pages of colleagues and invitations."""
