"""Merchants: how a seller is admitted, what it legally is, and whether it may sell today."""
