"""The cart: what a buyer means to take, over many merchants, priced anew each time it is looked at (OR1, behaviour 41)."""
