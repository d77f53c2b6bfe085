"""What can be done with applications."""

from tenants.admission.services.admitting import STEPS, admit_here
from tenants.admission.services.applying import again, keep_paper, save, start, submit, withdraw
from tenants.admission.services.reviewing import approve, reject, request_changes

__all__ = [
    "STEPS",
    "admit_here",
    "again",
    "approve",
    "keep_paper",
    "reject",
    "request_changes",
    "save",
    "start",
    "submit",
    "withdraw",
]
