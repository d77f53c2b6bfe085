"""The demo market 轻纺市场 as plain data: who trades there, what with, and what has happened so far. Plants nothing itself."""
