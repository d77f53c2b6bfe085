"""The kernel's own tables, for migrations and the registry of data classes."""

from marketplace.kernel import audit, jobs, mail, outbox

__all__ = ["audit", "jobs", "mail", "outbox"]
