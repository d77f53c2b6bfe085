"""Orders: one buyer's purchase from one merchant, from checkout to the confirmed receipt."""
