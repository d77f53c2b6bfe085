"""The demo marketplace 轻纺市场: reference data, generators, pictures, and the seeders that write them."""
