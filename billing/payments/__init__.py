"""Payments: intents, their state as the gateway reports it, and refunds."""
