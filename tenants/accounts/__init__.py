"""A person at the market: how they sign in, and where they are signed in now."""
