"""Everything that is money; knows merchants, never products or orders."""
