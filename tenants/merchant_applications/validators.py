"""Validation of the answers of an application; no database access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from tenants.merchant_applications.fields import Step
from tenants.merchants import validators as merchant_validators
from tenants.merchants.models import MerchantKind
from tenants.merchants.validators import FieldErrors, drop_none, error_unless, validate_length


def validate_step(step: Step, answers: Mapping[str, Any], *, year: int) -> FieldErrors:
    """Return the errors of one page by field; `year` is the current one."""
    checks = {
        Step.IDENTITY: merchant_validators.validate_legal,
        Step.CONTACT: merchant_validators.validate_contact,
        Step.PRODUCTS: _validate_products,
        Step.DOCUMENTS: _validate_documents,
    }
    if step is Step.BUSINESS:
        return merchant_validators.validate_business(answers, year=year)
    return checks[step](answers) if step in checks else {}


def _validate_products(answers: Mapping[str, Any]) -> FieldErrors:
    return drop_none(
        {
            "scopes": error_unless(bool(answers.get("scopes")), _("Please choose at least one category.")),
            "introduction": validate_length(answers.get("introduction", ""), 20, 1000),
        }
    )


def _validate_documents(answers: Mapping[str, Any]) -> FieldErrors:
    checks: dict[str, str | None] = {
        "licence": error_unless(bool(answers.get("licence")), _("Please add a picture or PDF of the business licence.")),
        "agreement": error_unless(bool(answers.get("agreement")), _("Please read and accept the agreement.")),
    }
    if answers.get("kind") == MerchantKind.AGENT and not answers.get("authorisation"):
        checks["authorisation"] = _("An agent needs the authorisation of the brand. Please add it.")
    return drop_none(checks)
