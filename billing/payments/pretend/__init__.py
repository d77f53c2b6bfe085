"""The pretend gateway: a process of its own with a page where one can pay, decline, be slow, or vanish.

It is stricter than a real one: unknown parameters, refunds beyond the payment and keys reused for something else are
refused. And it is as unreliable as one: its notifications come late, twice, out of order, or not at all.
"""
