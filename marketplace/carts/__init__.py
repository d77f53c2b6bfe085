"""The shopping cart (OR1): items of many merchants, priced each time the cart is shown."""
