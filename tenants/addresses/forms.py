"""Address form and its validation; no database access."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import gettext as _

from marketplace.kernel.form_input import to_halfwidth
from tenants.accounts.validators import normalize_phone, validate_phone
from tenants.regions import queries as regions

POSTCODE_PATTERN = re.compile(r"^\d{6}$", re.ASCII)
MAX_ADDRESSES = 50


@dataclass(frozen=True, kw_only=True)
class AddressForm:
    """An address as typed by the user."""

    name: str
    phone: str
    region_code: str
    street: str
    postcode: str = ""

    def __post_init__(self) -> None:
        """Normalize the numbers to the form in which they are stored."""
        object.__setattr__(self, "phone", normalize_phone(self.phone))
        object.__setattr__(self, "postcode", to_halfwidth(self.postcode))

    def validate(self) -> dict[str, str]:
        """Return the errors by field; empty when the address is valid."""
        checks = {
            "name": _validate_name(self.name),
            "phone": validate_phone(self.phone) if self.phone else _("Please enter a telephone number for the carrier."),
            "region": None if regions.is_leaf(self.region_code) else _("Please choose province, city and district."),
            "street": _validate_street(self.street),
            "postcode": _validate_postcode(self.postcode),
        }
        return {field: str(error) for field, error in checks.items() if error}


def _validate_name(name: str) -> str | None:
    if not name:
        return str(_("Please enter who receives the goods."))
    return str(_("A name has at most %(most)s characters.", most=80)) if len(name) > 80 else None


def _validate_street(street: str) -> str | None:
    if len(street) < 4:
        return str(_("Please enter street and number, so that the carrier finds it."))
    return str(_("A street has at most %(most)s characters.", most=200)) if len(street) > 200 else None


def _validate_postcode(postcode: str) -> str | None:
    if postcode and not POSTCODE_PATTERN.match(postcode):
        return str(_("A postcode has six digits."))
    return None
