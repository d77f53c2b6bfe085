"""The models of the kernel, imported together to register their tables."""

from marketplace.kernel import audit, jobs, mail, outbox

__all__ = ["audit", "jobs", "mail", "outbox"]
