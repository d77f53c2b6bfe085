"""Supervisor of a whole marketplace on one machine: servers, migrations, demo data and every process.

`make run` starts it. It imports only the kernel of the product, so that it stays small and can report a product that does not
start.
"""
