"""Paying: intents, what the gateway says about them, and sending money back."""
