"""Checkout: from the cart to one purchase with one order for each merchant: PREPARE, PAY, SETTLE (behaviours 41–43)."""
