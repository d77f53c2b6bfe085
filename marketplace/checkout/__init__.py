"""Checkout: from the cart to one purchase with one order per merchant, in the phases PREPARE, PAY and SETTLE."""
