"""Views of staff and invitations."""
