"""Views of login, registration and the account pages."""
