"""Administration of the platform: its staff, settings, audit log and sent e-mails (RO5)."""
