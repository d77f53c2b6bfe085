"""Services of merchant applications."""

from tenants.merchant_applications.services.application import (
    reapply,
    save_answers,
    save_document,
    start_application,
    submit_application,
    withdraw_application,
)
from tenants.merchant_applications.services.direct_admission import STEPS, admit_without_application
from tenants.merchant_applications.services.review import approve_application, reject_application, request_changes

__all__ = [
    "STEPS",
    "admit_without_application",
    "approve_application",
    "reapply",
    "reject_application",
    "request_changes",
    "save_answers",
    "save_document",
    "start_application",
    "submit_application",
    "withdraw_application",
]
