"""The sandbox gateway: a process with a payment page where the buyer can pay, decline, pay slowly or not return.

It is stricter than a real gateway: unknown parameters, refunds beyond the payment and keys reused for another request are
rejected. And it is as unreliable as one: its webhooks arrive late, twice, out of order, or not at all.
"""
