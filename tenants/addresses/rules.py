"""What an address must have: judgement without a database."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import gettext as _

from marketplace.kernel.forms import narrow
from tenants.accounts.rules import phone_complaint, phone_of
from tenants.regions import queries as regions

POSTCODE = re.compile(r"^\d{6}$", re.ASCII)
MOST = 50


@dataclass(frozen=True, kw_only=True)
class Entries:
    """An address as it was typed."""

    name: str
    phone: str
    region_code: str
    street: str
    postcode: str = ""

    def __post_init__(self) -> None:
        """Numbers as they are kept, however they were typed."""
        object.__setattr__(self, "phone", phone_of(self.phone))
        object.__setattr__(self, "postcode", narrow(self.postcode))

    def complaints(self) -> dict[str, str]:
        """Why these are no address, by field; nothing when they are."""
        said = {
            "name": _name(self.name),
            "phone": phone_complaint(self.phone) if self.phone else _("Please enter a telephone number for the carrier."),
            "region": None if regions.is_whole(self.region_code) else _("Please choose province, city and district."),
            "street": _street(self.street),
            "postcode": _postcode(self.postcode),
        }
        return {field: str(sentence) for field, sentence in said.items() if sentence}


def _name(name: str) -> str | None:
    if not name:
        return str(_("Please enter who receives the goods."))
    return str(_("A name has at most %(most)s characters.", most=80)) if len(name) > 80 else None


def _street(street: str) -> str | None:
    if len(street) < 4:
        return str(_("Please enter street and number, so that the carrier finds it."))
    return str(_("A street has at most %(most)s characters.", most=200)) if len(street) > 200 else None


def _postcode(postcode: str) -> str | None:
    if postcode and not POSTCODE.match(postcode):
        return str(_("A postcode has six digits."))
    return None
