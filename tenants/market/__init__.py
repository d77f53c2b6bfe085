"""The market itself: its own staff, its settings, its audit trail and the letters it has written (RO5)."""
