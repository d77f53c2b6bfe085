"""Admission without an application, for merchants who come to the platform in person with their documents (MA3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.errors import ValidationError
from tenants.accounts.validators import validate_email_address
from tenants.isolation import AccessPurpose, with_purpose
from tenants.merchant_applications import validators
from tenants.merchant_applications.fields import Step
from tenants.merchants import profile_form, queries
from tenants.merchants import services as merchants
from tenants.merchants.models import Merchant
from tenants.staff import services as staff

STEPS = (Step.BUSINESS, Step.IDENTITY, Step.CONTACT, Step.PRODUCTS)


def admit_without_application(
    *, entries: Mapping[str, Any], email: str, reason: str, admitted_by: tuple[UUID, str], locale: str
) -> Merchant:
    """Admit a merchant from the entries of a form, and invite its owner by e-mail to the desk.

    Args:
        entries: The form's entries.
        email: The owner's address.
        reason: The documents that were checked, for the audit log.
        admitted_by: The platform staff member: (account id, name).
        locale: The language of the invitation.

    Raises:
        ValidationError: A field is invalid.
    """
    errors = _validate(entries, email, reason)
    if errors:
        raise ValidationError(errors)
    with with_purpose(AccessPurpose.ADMISSION):
        merchant = merchants.admit_merchant(
            public=profile_form.to_public_profile(entries),
            legal=profile_form.to_legal_identity(entries),
            scopes=entries["scopes"],
            reason=reason[:1000],
        )
    staff.invite_owner(merchant=merchant, email=email, invited_by=admitted_by, locale=locale)
    return merchant


def _validate(entries: Mapping[str, Any], email: str, reason: str) -> dict[str, str]:
    year = clock.now().year
    errors = {field: message for step in STEPS for field, message in validators.validate_step(step, entries, year=year).items()}
    if "slug" not in errors and queries.slug_exists(entries["slug"]):
        errors["slug"] = _("This shop address is taken. Please choose another.")
    if error := validate_email_address(email):
        errors["owner_email"] = error
    if len(reason) < merchants.MIN_REASON_LENGTH:
        errors["reason"] = _("Please say which papers you have looked at.")
    return errors
