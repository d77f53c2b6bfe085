"""Shipping: what freight costs, who carries, which parcel holds what, and where it is now (DE1–DE4)."""
